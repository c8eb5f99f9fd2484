// Names of discrepancies as the database knows them.
#include "services/billing/domain/discrepancy.h"

namespace quittance::billing {

std::string_view Name(DiscrepancyKind kind) {
  switch (kind) {
    case DiscrepancyKind::kUnknownHere:
      return "unknown_here";
    case DiscrepancyKind::kMissingAtPsp:
      return "missing_at_psp";
    case DiscrepancyKind::kConflicted:
      return "conflicted";
  }
  CHECK(false);
}

DiscrepancyKind DiscrepancyKindNamed(std::string_view name) {
  for (const auto kind : {DiscrepancyKind::kUnknownHere, DiscrepancyKind::kMissingAtPsp, DiscrepancyKind::kConflicted}) {
    if (Name(kind) == name) return kind;
  }
  CHECK(false);
}

std::string_view Name(DiscrepancyState state) {
  switch (state) {
    case DiscrepancyState::kOpen:
      return "OPEN";
    case DiscrepancyState::kHealed:
      return "HEALED";
    case DiscrepancyState::kResolved:
      return "RESOLVED";
  }
  CHECK(false);
}

DiscrepancyState DiscrepancyStateNamed(std::string_view name) {
  for (const auto state : {DiscrepancyState::kOpen, DiscrepancyState::kHealed, DiscrepancyState::kResolved}) {
    if (Name(state) == name) return state;
  }
  CHECK(false);
}

}  // namespace quittance::billing

// What a PSP's list and our facts do not agree on. Invariant: what facts can heal is healed and not listed; what is listed needs a person.
#pragma once

#include "services/billing/domain/payment.h"

namespace quittance::billing {

enum class DiscrepancyKind {
  kUnknownHere = 1,   // the PSP has money of a payment that is not ours
  kMissingAtPsp = 2,  // we hold a capture that the PSP does not know
  kConflicted = 3,    // both know it, the money is not what was asked for
};
std::string_view Name(DiscrepancyKind kind);
DiscrepancyKind DiscrepancyKindNamed(std::string_view name);

enum class DiscrepancyState { kOpen = 1, kHealed = 2, kResolved = 3 };
std::string_view Name(DiscrepancyState state);
DiscrepancyState DiscrepancyStateNamed(std::string_view name);

struct Discrepancy {
  DiscrepancyId id;
  std::string connection;
  DiscrepancyKind kind = DiscrepancyKind::kUnknownHere;
  std::string psp_reference;
  std::optional<PaymentId> payment;
  std::int64_t amount_minor = 0;
  std::string currency;  // as the PSP said it; may be one we do not know
  DiscrepancyState state = DiscrepancyState::kOpen;
  std::string resolved_by;
  std::string resolution;
  TimePoint first_time{};
  TimePoint last_time{};
};

struct ReconciliationRun {
  ReconciliationRunId id;
  std::string connection;
  TimePoint begin_time{};
  TimePoint end_time{};
  bool complete = false;  // false: the PSP did not answer to the end
  int listed = 0;
  int healed = 0;
  int open = 0;
  TimePoint run_time{};
  std::string actor;
};

}  // namespace quittance::billing

// Names of facts as the database knows them. Invariant: a name never changes its meaning, rows live for ever.
#include "services/billing/domain/fact.h"

#include <array>
#include <utility>

namespace quittance::billing {
namespace {

constexpr std::array<std::pair<FactKind, std::string_view>, 22> kNames = {{
    {FactKind::kSubmitted, "submitted"},
    {FactKind::kRequiresAction, "requires_action"},
    {FactKind::kProcessing, "processing"},
    {FactKind::kDeclined, "declined"},
    {FactKind::kAttemptCanceled, "attempt_canceled"},
    {FactKind::kAttemptExpired, "attempt_expired"},
    {FactKind::kCaptured, "captured"},
    {FactKind::kCaptureFailed, "capture_failed"},
    {FactKind::kRefundPending, "refund_pending"},
    {FactKind::kRefundSucceeded, "refund_succeeded"},
    {FactKind::kRefundFailed, "refund_failed"},
    {FactKind::kDisputeOpened, "dispute_opened"},
    {FactKind::kDisputeReview, "dispute_review"},
    {FactKind::kDisputeWithdrawn, "dispute_withdrawn"},
    {FactKind::kDisputeReinstated, "dispute_reinstated"},
    {FactKind::kDisputeWon, "dispute_won"},
    {FactKind::kDisputeLost, "dispute_lost"},
    {FactKind::kCanceled, "canceled"},
    {FactKind::kExpired, "expired"},
    {FactKind::kSuperseded, "superseded"},
    {FactKind::kAccepted, "accepted"},
    {FactKind::kFraudWarning, "fraud_warning"},
}};

}  // namespace

std::string_view Name(FactKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  CHECK(false);
}

std::optional<FactKind> FactKindNamed(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::string StateKey(const Fact& fact) {
  std::string key = "state:" + fact.object + ":" + std::string(Name(fact.kind));
  if (fact.amount_minor != 0) key += ":" + std::to_string(fact.amount_minor) + fact.currency;
  if (fact.attempt) key += ":" + fact.attempt->uuid.Hex();
  return key;
}

}  // namespace quittance::billing

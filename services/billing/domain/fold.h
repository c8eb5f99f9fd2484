// The status of a payment is a fold of its facts. Invariant: pure, commutative, idempotent: duplicated, late and unordered facts give the
// same answer; no history of facts turns SUCCEEDED or REFUNDED back into PENDING (property test M01).
#pragma once

#include <map>
#include <span>

#include "services/billing/domain/payment.h"

namespace quittance::billing {

// What the fold needs to know of an attempt besides its facts.
struct FoldAttempt {
  AttemptId id;
  int number = 1;
  bool unknown = false;
};

// The PSP's dispute object: (connection, its id there).
using DisputeKey = std::pair<std::string, std::string>;

// The two words of a dispute fact's code: "pre_arbitration/fraudulent", "fraudulent", "inquiry".
struct DisputeCode {
  std::optional<DisputeStage> stage;
  std::string reason;
};
DisputeCode DisputeWords(std::string_view code);

struct DisputeFold {
  DisputeStatus status = DisputeStatus::kOpen;
  DisputeStage stage = DisputeStage::kChargeback;
  std::int64_t amount = 0;  // in the payment's currency
  bool withheld = false;
  std::string reason;

  bool operator==(const DisputeFold&) const = default;
};

struct AttemptFold {
  AttemptStatus status = AttemptStatus::kCreated;
  std::optional<Detail> closed_by;  // declined, canceled, expired, capture_failed
  std::string decline_code;
  std::int64_t captured = 0;                  // that still stands, in the payment's currency
  std::map<std::string, std::int64_t> money;  // that still stands, by currency as the PSP said it
};

struct RefundFold {
  RefundStatus status = RefundStatus::kPending;
  std::int64_t amount = 0;
  std::string failure_code;
};

struct Folded {
  Status status = Status::kPending;
  Detail detail = Detail::kCreated;
  Amounts amounts;
  std::map<AttemptId, AttemptFold> attempts;
  std::map<std::string, RefundFold> refunds;  // by our refund's id
  std::map<DisputeKey, DisputeFold> disputes;
  bool fraud_warning = false;
};

Folded Fold(const Money& amount, std::span<const FoldAttempt> attempts, std::span<const Fact> facts);

}  // namespace quittance::billing

// The fold, from the parts to the whole: captures, refunds, disputes, attempts, then the payment.
// Each part keeps, per object, its highest rank; no part looks at the order in which facts came.
#include "services/billing/domain/fold.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace quittance::billing {
namespace {

std::int64_t SaturatingAdd(std::int64_t a, std::int64_t b) { return CheckedAdd(a, b).value_or(std::numeric_limits<std::int64_t>::max()); }

// One capture object of the PSP.
struct Capture {
  std::optional<AttemptId> attempt;
  bool succeeded = false;  // a success was seen, standing or not
  bool failed = false;     // outranks the success
  bool exact = false;      // it is what was asked for
  std::int64_t amount = 0;
  std::string currency;
};

struct Captures {
  std::int64_t total = 0;                     // standing, in the payment's currency
  bool any = false;                           // standing, in any currency
  bool exact = false;                         // one that stands is what was asked for
  bool ever_exact = false;                    // one was, at some time
  std::optional<std::int64_t> smallest_ever;  // in the payment's currency
  std::map<std::pair<std::string, std::string>, Capture> objects;
};

Captures FoldCaptures(const Money& amount, std::span<const Fact> facts) {
  Captures result;
  for (const auto& fact : facts) {
    if (fact.kind != FactKind::kCaptured && fact.kind != FactKind::kCaptureFailed) continue;
    auto& object = result.objects[{fact.connection, fact.object}];
    if (fact.attempt) object.attempt = std::max(object.attempt, fact.attempt);
    if (fact.kind == FactKind::kCaptureFailed) {
      object.failed = true;
      continue;
    }
    const bool ours = fact.currency == amount.currency.code();
    const bool exact = ours && fact.amount_minor == amount.amount_minor;
    result.ever_exact |= exact;
    if (ours) result.smallest_ever = std::min(result.smallest_ever.value_or(fact.amount_minor), fact.amount_minor);
    // Successes of one object that disagree: the one that was asked for, else the largest, whichever came first.
    const auto seen = std::tuple(exact, fact.amount_minor, fact.currency);
    if (!object.succeeded || std::tie(object.exact, object.amount, object.currency) < seen) {
      std::tie(object.exact, object.amount, object.currency) = seen;
    }
    object.succeeded = true;
  }
  for (const auto& [key, object] : result.objects) {
    if (!object.succeeded || object.failed) continue;
    result.any = true;
    result.exact |= object.exact;
    if (object.currency == amount.currency.code()) result.total = SaturatingAdd(result.total, object.amount);
  }
  return result;
}

struct Refunds {
  std::int64_t total = 0;
  std::int64_t ever = 0;  // settled at some time, standing or not
  std::map<std::string, RefundFold> objects;
};

int RefundRank(FactKind kind) {
  switch (kind) {
    case FactKind::kRefundPending:
      return 1;
    case FactKind::kRefundSucceeded:
      return 2;
    case FactKind::kRefundFailed:
      return 3;
    default:
      return 0;
  }
}

Refunds FoldRefunds(const Money& amount, std::span<const Fact> facts) {
  Refunds result;
  std::map<std::string, std::tuple<int, std::int64_t, std::string>> highest;
  std::map<std::string, std::int64_t> settled;
  for (const auto& fact : facts) {
    const int rank = RefundRank(fact.kind);
    if (rank == 0) continue;
    auto& best = highest[fact.object];
    best = std::max(best, {rank, fact.amount_minor, fact.code});
    const bool ours = fact.currency == amount.currency.code();
    if (ours && rank == 2) settled[fact.object] = std::max(settled[fact.object], fact.amount_minor);
  }
  for (const auto& [object, best] : highest) {
    const auto& [rank, minor, code] = best;
    const auto status = rank == 3 ? RefundStatus::kFailed : rank == 2 ? RefundStatus::kSucceeded : RefundStatus::kPending;
    const auto paid = settled.contains(object) ? settled.at(object) : 0;
    result.objects[object] = {status, minor, rank == 3 ? code : ""};
    result.ever = SaturatingAdd(result.ever, paid);
    if (status == RefundStatus::kSucceeded) result.total = SaturatingAdd(result.total, paid);
  }
  return result;
}

struct Disputes {
  std::int64_t lost = 0;
  std::int64_t ever = 0;  // lost or withheld at some time
  bool open = false;
};

int StageRank(FactKind kind) {
  switch (kind) {
    case FactKind::kDisputeOpened:
      return 1;
    case FactKind::kDisputeReview:
      return 2;
    case FactKind::kDisputeWon:
      return 3;
    case FactKind::kDisputeLost:
      return 4;
    default:
      return 0;
  }
}

// Where the dispute stands and where its money is are two chains of their own; in each the newest word counts, rank breaks ties.
Disputes FoldDisputes(const Money& amount, std::span<const Fact> facts) {
  struct Object {
    std::pair<TimePoint, int> stage{}, funds{};
    std::int64_t amount = 0;
    bool ever = false;
  };
  std::map<std::pair<std::string, std::string>, Object> objects;
  for (const auto& fact : facts) {
    const int stage = StageRank(fact.kind);
    const int funds = fact.kind == FactKind::kDisputeWithdrawn ? 1 : fact.kind == FactKind::kDisputeReinstated ? 2 : 0;
    if (stage == 0 && funds == 0) continue;
    auto& object = objects[{fact.connection, fact.object}];
    if (stage != 0) object.stage = std::max(object.stage, {fact.psp_time, stage});
    if (funds != 0) object.funds = std::max(object.funds, {fact.psp_time, funds});
    if (fact.currency == amount.currency.code()) object.amount = std::max(object.amount, fact.amount_minor);
    object.ever |= fact.kind == FactKind::kDisputeLost || fact.kind == FactKind::kDisputeWithdrawn;
  }
  Disputes result;
  for (const auto& [key, object] : objects) {
    const int stage = object.stage.second;
    const bool closed = stage >= 3;
    const bool lost = stage == 4 || (!closed && object.funds.second == 1);
    if (lost) result.lost = SaturatingAdd(result.lost, object.amount);
    if (object.ever) result.ever = SaturatingAdd(result.ever, object.amount);
    result.open |= !closed && object.funds.second != 2;
  }
  return result;
}

int ProgressOf(FactKind kind) {
  switch (kind) {
    case FactKind::kSubmitted:
      return 1;
    case FactKind::kRequiresAction:
      return 2;
    case FactKind::kProcessing:
      return 3;
    default:
      return 0;
  }
}

AttemptFold FoldAttemptFacts(const Money& amount, AttemptId id, std::span<const Fact> facts, const Captures& captures) {
  AttemptFold result;
  bool declined = false, canceled = false, expired = false, captured = false, capture_failed = false;
  int progress = 0;
  for (const auto& fact : facts) {
    if (fact.attempt != id) continue;
    progress = std::max(progress, ProgressOf(fact.kind));
    declined |= fact.kind == FactKind::kDeclined;
    canceled |= fact.kind == FactKind::kAttemptCanceled;
    expired |= fact.kind == FactKind::kAttemptExpired;
    if (fact.kind == FactKind::kDeclined) result.decline_code = std::max(result.decline_code, fact.code);
  }
  for (const auto& [key, object] : captures.objects) {
    if (object.attempt != id) continue;
    captured |= object.succeeded && !object.failed;
    capture_failed |= object.failed;
    if (object.succeeded && !object.failed && object.currency == amount.currency.code()) {
      result.captured = SaturatingAdd(result.captured, object.amount);
    }
  }
  if (captured) {
    result.status = AttemptStatus::kSucceeded;
  } else if (capture_failed || canceled || expired || declined) {
    result.status = AttemptStatus::kClosed;
    result.closed_by = capture_failed ? Detail::kCaptureFailed
                       : canceled     ? Detail::kCanceled
                       : expired      ? Detail::kExpired
                                      : Detail::kDeclined;
  } else {
    result.status = static_cast<AttemptStatus>(static_cast<int>(AttemptStatus::kCreated) + progress);
  }
  return result;
}

bool Has(std::span<const Fact> facts, FactKind kind) {
  return std::any_of(facts.begin(), facts.end(), [kind](const Fact& fact) { return fact.kind == kind; });
}

std::pair<Status, Detail> Unpaid(std::span<const FoldAttempt> attempts, std::span<const Fact> facts, const Folded& folded, bool was_paid) {
  const FoldAttempt* newest = nullptr;
  std::optional<AttemptStatus> furthest;
  bool unknown = false, declined = false, capture_failed = false;
  for (const auto& attempt : attempts) {
    const auto& fold = folded.attempts.at(attempt.id);
    if (newest == nullptr || newest->number < attempt.number) newest = &attempt;
    declined |= fold.closed_by == Detail::kDeclined;
    capture_failed |= fold.closed_by == Detail::kCaptureFailed;
    if (!IsOpen(fold.status)) continue;
    furthest = std::max(furthest.value_or(fold.status), fold.status);
    unknown |= attempt.unknown;
  }
  // Money that was here and is gone never makes the intent payable again.
  if (was_paid) return {Status::kFailed, Detail::kCaptureFailed};
  if (furthest) {
    if (unknown) return {Status::kPending, Detail::kUnknown};
    switch (*furthest) {
      case AttemptStatus::kSubmitted:
        return {Status::kPending, Detail::kSubmitted};
      case AttemptStatus::kRequiresAction:
        return {Status::kPending, Detail::kRequiresAction};
      case AttemptStatus::kProcessing:
        return {Status::kPending, Detail::kProcessing};
      default:
        return {Status::kPending, Detail::kCreated};
    }
  }
  if (Has(facts, FactKind::kCanceled)) return {Status::kFailed, Detail::kCanceled};
  if (Has(facts, FactKind::kExpired)) return {Status::kFailed, Detail::kExpired};
  if (newest == nullptr) return {Status::kPending, Detail::kCreated};
  const auto last = folded.attempts.at(newest->id).closed_by;
  if (last == Detail::kCanceled || last == Detail::kExpired) return {Status::kFailed, *last};
  if (capture_failed) return {Status::kFailed, Detail::kCaptureFailed};
  return {Status::kPending, Detail::kDeclined};
}

}  // namespace

Folded Fold(const Money& amount, std::span<const FoldAttempt> attempts, std::span<const Fact> facts) {
  const auto captures = FoldCaptures(amount, facts);
  auto refunds = FoldRefunds(amount, facts);
  const auto disputes = FoldDisputes(amount, facts);

  Folded folded;
  for (const auto& attempt : attempts) folded.attempts[attempt.id] = FoldAttemptFacts(amount, attempt.id, facts, captures);
  folded.refunds = std::move(refunds.objects);
  folded.amounts = {captures.total, refunds.total, disputes.lost, 0};

  const auto gone = SaturatingAdd(refunds.total, disputes.lost);
  const auto net = captures.total - gone;
  const auto ever_gone = SaturatingAdd(refunds.ever, disputes.ever);
  const bool ever_refunded = captures.smallest_ever && ever_gone >= *captures.smallest_ever;
  const bool was_paid = captures.ever_exact || ever_refunded;
  const auto set = [&folded](Status status, Detail detail) { std::tie(folded.status, folded.detail) = std::pair(status, detail); };

  if (captures.total > 0 && Has(facts, FactKind::kSuperseded)) {
    set(net <= 0 ? Status::kRefunded : Status::kFailed, Detail::kSuperseded);
  } else if (captures.total > 0 && net <= 0) {
    set(Status::kRefunded, refunds.total >= captures.total ? Detail::kFullRefund : Detail::kDisputeLost);
  } else if (captures.exact) {
    set(Status::kSucceeded, disputes.open ? Detail::kDisputed : net < amount.amount_minor ? Detail::kPartiallyRefunded : Detail::kSettled);
    folded.amounts.surplus = std::max<std::int64_t>(0, net - amount.amount_minor);
  } else if (captures.any && !captures.ever_exact) {
    // Money that is not what was asked for: nothing is granted until an operator settles it.
    set(ever_refunded ? Status::kFailed : Status::kPending, Detail::kConflicted);
  } else {
    const auto [status, detail] = Unpaid(attempts, facts, folded, was_paid);
    set(status, detail);
  }
  return folded;
}

}  // namespace quittance::billing

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

using ByCurrency = std::map<std::string, std::int64_t>;

void Add(ByCurrency& sums, const std::string& currency, std::int64_t minor) {
  auto& sum = sums[currency];
  sum = SaturatingAdd(sum, minor);
}

std::int64_t In(const ByCurrency& sums, std::string_view currency) {
  const auto found = sums.find(std::string(currency));
  return found == sums.end() ? 0 : found->second;
}

struct Captures {
  std::int64_t total = 0;   // standing, in the payment's currency
  bool any = false;         // standing, in any currency
  bool ever = false;        // one was, at some time
  bool exact = false;       // one that stands is what was asked for
  bool ever_exact = false;  // one was, at some time
  ByCurrency standing;
  ByCurrency smallest_ever;  // the least that was captured at some time
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
    const bool exact = fact.currency == amount.currency.code() && fact.amount_minor == amount.amount_minor;
    result.ever = true;
    result.ever_exact |= exact;
    const auto smallest = result.smallest_ever.try_emplace(fact.currency, fact.amount_minor).first;
    smallest->second = std::min(smallest->second, fact.amount_minor);
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
    Add(result.standing, object.currency, object.amount);
  }
  result.total = In(result.standing, amount.currency.code());
  return result;
}

struct Refunds {
  ByCurrency settled;
  ByCurrency ever;  // settled at some time, standing or not
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

Refunds FoldRefunds(std::span<const Fact> facts) {
  Refunds result;
  std::map<std::string, std::tuple<int, std::int64_t, std::string>> highest;
  std::map<std::string, ByCurrency> settled;  // by refund: the most that each currency was told of
  for (const auto& fact : facts) {
    const int rank = RefundRank(fact.kind);
    if (rank == 0) continue;
    auto& best = highest[fact.object];
    best = std::max(best, {rank, fact.amount_minor, fact.code});
    if (rank != 2) continue;
    auto& most = settled[fact.object][fact.currency];
    most = std::max(most, fact.amount_minor);
  }
  for (const auto& [object, best] : highest) {
    const auto& [rank, minor, code] = best;
    const auto status = rank == 3 ? RefundStatus::kFailed : rank == 2 ? RefundStatus::kSucceeded : RefundStatus::kPending;
    result.objects[object] = {status, minor, rank == 3 ? code : ""};
    for (const auto& [currency, paid] : settled[object]) {
      Add(result.ever, currency, paid);
      if (status == RefundStatus::kSucceeded) Add(result.settled, currency, paid);
    }
  }
  return result;
}

struct Disputes {
  std::int64_t lost = 0;
  std::int64_t ever = 0;  // lost or withheld at some time
  bool open = false;
  std::map<DisputeKey, DisputeFold> objects;
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

struct DisputeObject {
  std::pair<TimePoint, int> state{}, funds{};
  std::optional<DisputeStage> stage;
  std::string reason;
  std::int64_t amount = 0;
  bool ever = false;
};

// "chargeback/fraudulent": the furthest stage and the last reason in the order of letters, whichever came first.
void TakeCode(DisputeObject& object, const std::string& code) {
  const auto words = DisputeWords(code);
  if (words.stage) object.stage = std::max(object.stage.value_or(*words.stage), *words.stage);
  object.reason = std::max(object.reason, words.reason);
}

// Where the dispute stands and where its money is are two chains of their own; in each the newest word counts, rank breaks ties.
Disputes FoldDisputes(const Money& amount, std::span<const Fact> facts) {
  std::map<DisputeKey, DisputeObject> objects;
  for (const auto& fact : facts) {
    const int state = StageRank(fact.kind);
    const int funds = fact.kind == FactKind::kDisputeWithdrawn ? 1 : fact.kind == FactKind::kDisputeReinstated ? 2 : 0;
    if (state == 0 && funds == 0) continue;
    auto& object = objects[{fact.connection, fact.object}];
    if (state != 0) object.state = std::max(object.state, {fact.psp_time, state});
    if (funds != 0) object.funds = std::max(object.funds, {fact.psp_time, funds});
    TakeCode(object, fact.code);
    if (fact.currency == amount.currency.code()) object.amount = std::max(object.amount, fact.amount_minor);
    object.ever |= fact.kind == FactKind::kDisputeLost || fact.kind == FactKind::kDisputeWithdrawn;
  }
  Disputes result;
  for (const auto& [key, object] : objects) {
    const int state = object.state.second;
    const bool closed = state >= 3;
    const bool lost = state == 4 || (!closed && object.funds.second == 1);
    if (lost) result.lost = SaturatingAdd(result.lost, object.amount);
    if (object.ever) result.ever = SaturatingAdd(result.ever, object.amount);
    result.open |= !closed && object.funds.second != 2;
    const auto stage =
        std::max(object.stage.value_or(DisputeStage::kChargeback), object.ever ? DisputeStage::kChargeback : DisputeStage::kInquiry);
    result.objects[key] = {static_cast<DisputeStatus>(std::max(state, 1)), stage, object.amount, lost, object.reason};
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
    if (object.succeeded && !object.failed) Add(result.money, object.currency, object.amount);
  }
  result.captured = In(result.money, amount.currency.code());
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

// What left a currency again: refunds, and in the payment's own currency what disputes took.
std::int64_t Gone(const Money& amount, const ByCurrency& refunds, std::int64_t disputed, const std::string& currency) {
  return SaturatingAdd(In(refunds, currency), currency == amount.currency.code() ? disputed : 0);
}

// Nothing that was captured is here any more, in no currency.
bool AllGone(const Money& amount, const Captures& captures, const Refunds& refunds, const Disputes& disputes) {
  bool some = false;
  for (const auto& [currency, standing] : captures.standing) {
    if (Gone(amount, refunds.settled, disputes.lost, currency) < standing) return false;
    some |= standing > 0;
  }
  return some;
}

// As much went back at some time as may have been the whole of what was here then.
bool EverGone(const Money& amount, const Captures& captures, const Refunds& refunds, const Disputes& disputes) {
  return std::any_of(captures.smallest_ever.begin(), captures.smallest_ever.end(), [&](const auto& least) {
    const auto gone = Gone(amount, refunds.ever, disputes.ever, least.first);
    return gone > 0 && gone >= least.second;
  });
}

}  // namespace

DisputeCode DisputeWords(std::string_view code) {
  const auto slash = code.find('/');
  const auto first = code.substr(0, slash);
  for (const auto stage : {DisputeStage::kInquiry, DisputeStage::kChargeback, DisputeStage::kPreArbitration}) {
    if (Name(stage) == first) return {stage, std::string(slash == std::string_view::npos ? "" : code.substr(slash + 1))};
  }
  return {std::nullopt, std::string(code)};
}

Folded Fold(const Money& amount, std::span<const FoldAttempt> attempts, std::span<const Fact> facts) {
  const auto captures = FoldCaptures(amount, facts);
  auto refunds = FoldRefunds(facts);
  auto disputes = FoldDisputes(amount, facts);
  const auto refunded = In(refunds.settled, amount.currency.code());

  Folded folded;
  for (const auto& attempt : attempts) folded.attempts[attempt.id] = FoldAttemptFacts(amount, attempt.id, facts, captures);
  folded.amounts = {captures.total, refunded, disputes.lost, 0};
  folded.fraud_warning = Has(facts, FactKind::kFraudWarning);

  const auto net = captures.total - SaturatingAdd(refunded, disputes.lost);
  const bool accepted = Has(facts, FactKind::kAccepted);
  const bool ever_refunded = EverGone(amount, captures, refunds, disputes);
  const bool was_paid = captures.ever_exact || ever_refunded || (accepted && captures.ever);
  const bool gone = (captures.total > 0 && net <= 0) || AllGone(amount, captures, refunds, disputes);
  // Accepted money is as much as was asked for, also where it is less.
  const auto wanted = captures.exact ? amount.amount_minor : std::min(amount.amount_minor, captures.total);
  const auto set = [&folded](Status status, Detail detail) { std::tie(folded.status, folded.detail) = std::pair(status, detail); };

  if (captures.any && Has(facts, FactKind::kSuperseded)) {
    set(gone ? Status::kRefunded : Status::kFailed, Detail::kSuperseded);
  } else if (gone) {
    set(Status::kRefunded, refunded >= captures.total ? Detail::kFullRefund : Detail::kDisputeLost);
  } else if (captures.exact || (accepted && captures.any)) {
    set(Status::kSucceeded, disputes.open ? Detail::kDisputed : net < wanted ? Detail::kPartiallyRefunded : Detail::kSettled);
    folded.amounts.surplus = std::max<std::int64_t>(0, net - amount.amount_minor);
  } else if (captures.any && !captures.ever_exact) {
    // Money that is not what was asked for: nothing is granted until an operator settles it.
    set(ever_refunded ? Status::kFailed : Status::kPending, Detail::kConflicted);
  } else {
    const auto [status, detail] = Unpaid(attempts, facts, folded, was_paid);
    set(status, detail);
  }
  folded.refunds = std::move(refunds.objects);
  folded.disputes = std::move(disputes.objects);
  return folded;
}

}  // namespace quittance::billing

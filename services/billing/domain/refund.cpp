// Rules of refunds. Invariant: settled and pending refunds of a capture never exceed it.
#include "services/billing/domain/refund.h"

#include <algorithm>
#include <tuple>

namespace quittance::billing {
namespace {

bool StillCounts(const Refund& refund) { return refund.status != RefundStatus::kFailed; }

std::int64_t Sum(std::span<const Refund> refunds, auto counts) {
  std::int64_t sum = 0;
  for (const auto& refund : refunds) {
    if (!counts(refund)) continue;
    const auto next = CheckedAdd(sum, refund.amount.amount_minor);
    CHECK(next);
    sum = *next;
  }
  return sum;
}

// What one attempt's capture still has in a currency.
std::int64_t LeftIn(const Folded& folded, std::span<const Refund> refunds, AttemptId attempt, const Currency& currency) {
  const auto& money = folded.attempts.at(attempt).money;
  const auto standing = money.find(std::string(currency.code()));
  if (standing == money.end()) return 0;
  return standing->second -
         Sum(refunds, [&](const Refund& r) { return r.attempt == attempt && r.amount.currency == currency && StillCounts(r); });
}

Refund Make(const Payment& payment, const Attempt& attempt, RefundId id, Money amount, std::string reason, TimePoint now) {
  return {.id = id,
          .payment = payment.id,
          .attempt = attempt.id,
          .connection = attempt.connection,
          .amount = amount,
          .status = RefundStatus::kPending,
          .reason = std::move(reason),
          .psp_reference = "",
          .failure_code = "",
          .manual = false,
          .create_time = now,
          .update_time = now};
}

}  // namespace

Result<Refund> OpenRefund(const Payment& payment, const Folded& folded, std::span<const Refund> refunds, RefundId id,
                          std::optional<Money> amount, std::string reason, TimePoint now) {
  if (folded.amounts.captured == 0) return Precondition(Reason::kStateConflict, "the payment holds no money");
  const auto& currency = payment.amount.currency;
  const auto pending = Sum(refunds, [&](const Refund& r) { return r.status == RefundStatus::kPending && r.amount.currency == currency; });
  const auto left = folded.amounts.captured - folded.amounts.refunded - folded.amounts.disputed - pending;
  if (amount && !(amount->currency == currency)) return InvalidField("amount.currency_code", "must be the payment's currency");
  const auto wanted = amount ? amount->amount_minor : left;
  if (wanted <= 0 || wanted > left) {
    return Precondition(Reason::kRefundExceedsCapture, "more than what is left of the payment",
                        {{"left_minor", std::to_string(std::max<std::int64_t>(left, 0))}});
  }
  const Attempt* best = nullptr;
  std::int64_t most = 0;
  for (const auto& attempt : payment.attempts) {
    const auto here = LeftIn(folded, refunds, attempt.id, currency);
    if (here >= wanted) return Make(payment, attempt, id, {wanted, currency}, std::move(reason), now);
    if (here > most) std::tie(best, most) = std::pair(&attempt, here);
  }
  if (best != nullptr && !amount) return Make(payment, *best, id, {most, currency}, std::move(reason), now);
  return Precondition(Reason::kRefundExceedsCapture, "no single capture holds that much: refund them one by one",
                      {{"left_minor", std::to_string(most)}});
}

std::optional<Refund> OwedRefund(const Payment& payment, const Folded& folded, std::span<const Refund> refunds, RefundId id,
                                 TimePoint now) {
  const bool superseded = folded.detail == Detail::kSuperseded;
  const auto net = folded.amounts.captured - folded.amounts.refunded - folded.amounts.disputed;
  const auto keep = superseded ? 0 : payment.amount.amount_minor;
  if (!superseded && folded.status != Status::kSucceeded) return std::nullopt;
  const std::string reason(superseded ? kReasonSuperseded : kReasonSurplus);
  const auto under_way =
      Sum(refunds, [&](const Refund& r) { return r.status == RefundStatus::kPending && r.amount.currency == payment.amount.currency; });
  const auto failed = Sum(refunds, [&](const Refund& r) { return r.status == RefundStatus::kFailed && r.reason == reason; });
  const auto owed = net - keep - under_way - failed;
  if (owed <= 0) return std::nullopt;
  // The newest capture is the one too many.
  for (auto attempt = payment.attempts.rbegin(); attempt != payment.attempts.rend(); ++attempt) {
    const auto left = std::min(owed, LeftIn(folded, refunds, attempt->id, payment.amount.currency));
    if (left > 0) return Make(payment, *attempt, id, {left, payment.amount.currency}, reason, now);
  }
  return std::nullopt;
}

std::vector<Refund> ConflictRefunds(const Payment& payment, const Folded& folded, std::span<const Refund> refunds,
                                    const std::function<RefundId()>& next_id, TimePoint now) {
  std::vector<Refund> opened;
  for (const auto& attempt : payment.attempts) {
    for (const auto& [code, standing] : folded.attempts.at(attempt.id).money) {
      const auto currency = Currency::Parse(code);
      const auto left = currency ? LeftIn(folded, refunds, attempt.id, *currency) : 0;
      if (left > 0) opened.push_back(Make(payment, attempt, next_id(), {left, *currency}, std::string(kReasonConflicted), now));
    }
  }
  return opened;
}

}  // namespace quittance::billing

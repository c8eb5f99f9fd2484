// Invariant: an attempt that was never answered is not ended by guessing; it stays unresolved until its PSP speaks.
#include "services/billing/usecases/end_attempts.h"

#include "common/core/crash_point.h"
#include "services/billing/usecases/advance.h"

namespace quittance::billing {
namespace {

std::string CancelKey(AttemptId attempt) { return "cancel:" + attempt.ToString(); }

Task<Payment> Apply(Deps& deps, store::PaymentKey key, PspNews news, Cause cause, store::PspCall call) {
  news.about.payment = key.id;
  const TenantNews item{key.tenant, std::move(news), std::move(cause), std::move(call)};
  std::map<store::PaymentKey, Payment> after;
  co_await deps.db.Transact(db::Scope::Of(key.tenant), [&](db::Tx& tx) {
    after.clear();
    ApplyPspNews(tx, deps, std::span(&item, 1), &after);
  });
  co_return after.at(key);
}

enum class Verb { kQuery, kAdvance, kCancel };

// What the attempt is once its PSP was asked or told; nullopt: no answer.
Task<std::optional<AttemptStatus>> Tell(Deps& deps, Verb verb, store::PaymentKey key, Payment whole, Attempt attempt, Cause cause) {
  if (attempt.psp_reference.empty()) co_return std::nullopt;
  auto chosen = co_await ConnectionOf(deps, key.tenant, attempt.connection);
  if (!chosen) co_return std::nullopt;
  psp::ExistingPayment existing{CancelKey(attempt.id), key.id, attempt.id, attempt.psp_reference, whole.amount, attempt.create_time};
  PspNews news;
  if (verb == Verb::kAdvance) {
    news = co_await AdvanceAttempt(deps, std::move(whole), attempt.id, CancelKey(attempt.id), *chosen);
  } else if (verb == Verb::kQuery) {
    news = co_await chosen->psp->Query(chosen->connection, std::move(existing));
  } else {
    news = co_await chosen->psp->Cancel(chosen->connection, std::move(existing));
  }
  QUITTANCE_CRASH_POINT("billing.end.psp_answered");
  if (news.unknown.value_or(false)) co_return std::nullopt;
  store::PspCall record{verb == Verb::kQuery ? "query" : "cancel", attempt.connection, verb == Verb::kQuery ? "" : CancelKey(attempt.id),
                        true, news.request_signature};
  const auto payment = co_await Apply(deps, key, std::move(news), cause, std::move(record));
  co_return payment.Find(attempt.id)->status;
}

// A declined attempt is over for us, but its PSP might still let the payer pay it: it is asked and told as well, as far as it will answer.
Task<Ended> TellAll(Deps& deps, Verb verb, store::PaymentKey key, int below, Cause cause) {
  auto payment = co_await deps.db.Transact(db::Scope::Of(key.tenant), [&](db::Tx& tx) { return store::FindPayment(tx, key); });
  if (!payment) co_return Ended::kAll;
  auto ended = Ended::kAll;
  for (const auto& attempt : payment->attempts) {
    if (attempt.number >= below || attempt.status == AttemptStatus::kSucceeded) continue;
    const auto told = co_await Tell(deps, verb, key, *payment, attempt, cause);
    const auto status = told.value_or(attempt.status);
    const bool open = verb != Verb::kCancel ? !told || status == AttemptStatus::kProcessing : true;
    if (IsOpen(status) && open) ended = Ended::kUnresolved;
  }
  co_return ended;
}

}  // namespace

Task<Ended> QueryAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause) {
  auto ended = co_await TellAll(deps, Verb::kQuery, payment, below, std::move(cause));
  co_return ended;
}

Task<Ended> AdvanceAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause) {
  auto ended = co_await TellAll(deps, Verb::kAdvance, payment, below, std::move(cause));
  co_return ended;
}

Task<Ended> CancelAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause) {
  auto ended = co_await TellAll(deps, Verb::kCancel, payment, below, std::move(cause));
  co_return ended;
}

}  // namespace quittance::billing

// Invariant: an attempt that was never answered is not ended by guessing; it stays unresolved until its PSP speaks.
#include "services/billing/usecases/end_attempts.h"

namespace quittance::billing {
namespace {

std::string CancelKey(AttemptId attempt) { return "cancel:" + attempt.ToString(); }

Task<Payment> Apply(Deps& deps, store::PaymentKey key, PspNews news, Cause cause) {
  news.about.payment = key.id;
  const TenantNews item{key.tenant, std::move(news), std::move(cause)};
  std::map<store::PaymentKey, Payment> after;
  co_await deps.db.Transact(db::Scope::Of(key.tenant), [&](db::Tx& tx) {
    after.clear();
    ApplyPspNews(tx, deps, std::span(&item, 1), &after);
  });
  co_return after.at(key);
}

// One attempt: query, then cancel. True: it is closed, or it is paid.
Task<bool> EndOne(Deps& deps, store::PaymentKey key, Money amount, Attempt attempt, Cause cause) {
  if (attempt.psp_reference.empty()) co_return !IsOpen(attempt.status);
  auto chosen = co_await ConnectionOf(deps, key.tenant, attempt.connection);
  if (!chosen) co_return !IsOpen(attempt.status);
  const psp::ExistingPayment existing{CancelKey(attempt.id), key.id, attempt.id, attempt.psp_reference, amount};

  if (IsOpen(attempt.status)) {
    auto seen = co_await chosen->psp->Query(chosen->connection, existing);
    if (seen.unknown.value_or(false)) co_return false;
    const auto payment = co_await Apply(deps, key, std::move(seen), cause);
    const auto* now = payment.Find(attempt.id);
    if (!IsOpen(now->status)) co_return true;
    if (now->status == AttemptStatus::kProcessing) co_return false;
  }
  // A declined one is over for us, but its PSP might still let the payer pay it: ended there as well, as far as it will.
  auto ended = co_await chosen->psp->Cancel(chosen->connection, existing);
  if (ended.unknown.value_or(false)) co_return !IsOpen(attempt.status);
  const auto payment = co_await Apply(deps, key, std::move(ended), cause);
  co_return !IsOpen(payment.Find(attempt.id)->status);
}

}  // namespace

Task<Ended> EndAttempts(Deps& deps, store::PaymentKey key, int below, Cause cause) {
  auto payment = co_await deps.db.Transact(db::Scope::Of(key.tenant), [&](db::Tx& tx) { return store::FindPayment(tx, key); });
  if (!payment) co_return Ended::kAll;
  auto result = Ended::kAll;
  for (const auto& attempt : payment->attempts) {
    if (attempt.number >= below || attempt.status == AttemptStatus::kSucceeded) continue;
    const bool over = co_await EndOne(deps, key, payment->amount, attempt, cause);
    if (!over) result = Ended::kUnresolved;
  }
  co_return result;
}

}  // namespace quittance::billing

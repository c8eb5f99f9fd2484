// The PSP is asked to end it, which can be asked twice; the intent's own end is one transaction under the key.
#include "services/billing/usecases/cancel_payment_intent.h"

#include "common/audit/audit.h"
#include "services/billing/events.h"
#include "services/billing/usecases/access.h"
#include "services/billing/usecases/end_attempts.h"

namespace quittance::billing {
namespace {

Task<std::optional<Result<db::Reply>>> CancelAtPspAndHere(Deps& deps, CancelPaymentIntentCommand command, bool pending) {
  const store::PaymentKey key{command.once.tenant, command.payment};
  if (pending) co_await EndAttempts(deps, key, kAllAttempts, command.cause);
  auto reply = co_await deps.db.Once(db::Scope::Of(key.tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    auto payment = store::LockPayment(tx, key);
    if (!payment) return Missing(command.caller, "payment_intent_id");
    if (payment->status != Status::kPending || payment->detail == Detail::kConflicted) {
      return Precondition(Reason::kStateConflict, "only an unpaid intent can be canceled", {{"detail", std::string(Name(payment->detail))}});
    }
    for (const auto& attempt : payment->attempts) {
      if (IsOpen(attempt.status)) return Precondition(Reason::kAttemptUnresolved, "the PSP has not said yet what became of an attempt");
    }
    const auto news = OwnFact(*payment, FactKind::kCanceled, command.cause);
    std::map<store::PaymentKey, Payment> after;
    ApplyPspNews(tx, deps, std::span(&news, 1), &after);
    audit::Append(tx, {key.tenant, deps.clock.Now(), command.cause, "CancelPaymentIntent", key.id.ToString(), "", {}});
    return events::ReplyOf(after.at(key));
  });
  co_return std::optional(std::move(reply));
}

}  // namespace

Task<Result<db::Reply>> CancelPaymentIntent(Deps& deps, CancelPaymentIntentCommand command) {
  const auto scope = ScopeOf(command.caller);
  const store::PaymentKey key{command.once.tenant, command.payment};
  auto payment = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return store::FindPayment(tx, key); });
  if (!payment) co_return Missing(command.caller, "payment_intent_id");
  auto slot = std::make_shared<ReplySlot>(deps.executor);
  SpawnGuarded(deps, CancelAtPspAndHere(deps, command, payment->status == Status::kPending), slot);
  auto waited = co_await ReplySlot::Wait(slot, command.once.deadline);
  if (waited.state == ReplySlot::State::kAnswered) co_return std::move(*waited.answer);
  co_return InProgress(key.id.ToString());
}

}  // namespace quittance::billing

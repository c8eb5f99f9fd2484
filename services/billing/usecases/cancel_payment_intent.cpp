// Asked at the PSP first; then the intent's own fact is stored with the key; then the PSP is told. Whatever comes in between, the fold ends
// in FAILED/canceled, or in SUCCEEDED when the payer was faster.
#include "services/billing/usecases/cancel_payment_intent.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/events.h"
#include "services/billing/usecases/access.h"
#include "services/billing/usecases/end_attempts.h"

namespace quittance::billing {
namespace {

Result<void> MayCancel(const Payment& payment) {
  if (payment.status != Status::kPending || payment.detail == Detail::kConflicted) {
    return Precondition(Reason::kStateConflict, "only an unpaid intent can be canceled", {{"detail", std::string(Name(payment.detail))}});
  }
  const bool unresolved = std::any_of(payment.attempts.begin(), payment.attempts.end(), [](const Attempt& a) {
    return IsOpen(a.status) && (a.unknown || a.status == AttemptStatus::kCreated || a.status == AttemptStatus::kProcessing);
  });
  if (unresolved) return Precondition(Reason::kAttemptUnresolved, "the PSP has not said yet what became of an attempt");
  return {};
}

struct Canceled {};

Result<Canceled> Store(db::Tx& tx, Deps& deps, const CancelPaymentIntentCommand& command) {
  const store::PaymentKey key{command.once.tenant, command.payment};
  const auto payment = store::LockPayment(tx, key);
  if (!payment) return Missing(command.caller, "payment_intent_id");
  if (auto ok = MayCancel(*payment); !ok) return ok.error();
  const auto news = OwnFact(*payment, FactKind::kCanceled, command.cause);
  ApplyPspNews(tx, deps, std::span(&news, 1));
  audit::Append(tx, {key.tenant, deps.clock.Now(), command.cause, "CancelPaymentIntent", key.id.ToString(), "", {}});
  return Canceled{};
}

// The state it came to. What a PSP would not end yet is looked at again by the expiry job.
db::Reply Finish(db::Tx& tx, Deps& deps, store::PaymentKey key, const Uuid& resource) {
  const auto payment = store::FindPayment(tx, key);
  CHECK(payment);
  if (payment->status == Status::kPending) store::SetExpireCheck(tx, key, deps.clock.Now() + kExpireAgainAfter);
  auto reply = events::ReplyOf(*payment);
  db::FinishKey(tx, key.tenant, resource, reply);
  return reply;
}

Task<std::optional<Result<db::Reply>>> CancelHereAndThere(Deps& deps, CancelPaymentIntentCommand command, bool pending) {
  const auto scope = db::Scope::Of(command.once.tenant);
  const store::PaymentKey key{command.once.tenant, command.payment};
  if (pending) co_await QueryAttempts(deps, key, kAllAttempts, command.cause);
  auto opened =
      co_await deps.db.OnceOpen<Canceled>(scope, command.once, deps.ids.Next(), [&](db::Tx& tx) { return Store(tx, deps, command); });
  if (!opened) co_return std::optional<Result<db::Reply>>(opened.error());
  if (opened->reply) co_return std::optional<Result<db::Reply>>(std::move(*opened->reply));
  QUITTANCE_CRASH_POINT("billing.cancel.stored");
  co_await CancelAttempts(deps, key, kAllAttempts, command.cause);
  QUITTANCE_CRASH_POINT("billing.cancel.psp_told");
  const auto resource = opened->resource;
  auto reply = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return Finish(tx, deps, key, resource); });
  if (opened->fresh) co_return std::optional<Result<db::Reply>>(std::move(reply));
  co_return std::nullopt;  // another call's key: its reply is the one that was stored first
}

}  // namespace

Task<Result<db::Reply>> CancelPaymentIntent(Deps& deps, CancelPaymentIntentCommand command) {
  const store::PaymentKey key{command.once.tenant, command.payment};
  auto payment = co_await deps.db.Transact(ScopeOf(command.caller), [&](db::Tx& tx) { return store::FindPayment(tx, key); });
  if (!payment) co_return Missing(command.caller, "payment_intent_id");
  auto slot = std::make_shared<ReplySlot>(deps.executor);
  SpawnGuarded(deps, CancelHereAndThere(deps, command, payment->status == Status::kPending), slot);
  auto reply = co_await AwaitSlot(deps, db::Scope::Of(key.tenant), command.once, slot, key.id.ToString());
  co_return reply;
}

}  // namespace quittance::billing

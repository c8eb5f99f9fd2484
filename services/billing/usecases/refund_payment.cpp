// The refund is stored with its key and event first; then the PSP is asked, detached. The row lock keeps two refunds from exceeding the
// capture.
#include "services/billing/usecases/refund_payment.h"

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/domain/refund.h"
#include "services/billing/events.h"
#include "services/billing/store/facts.h"
#include "services/billing/usecases/resume.h"

namespace quittance::billing {
namespace {

struct OpenedRefund {
  Payment payment;
  Refund refund;
};

Result<OpenedRefund> Open(db::Tx& tx, Deps& deps, const RefundPaymentCommand& command, RefundId id) {
  const TimePoint now = deps.clock.Now();
  const store::PaymentKey key{command.once.tenant, command.payment};
  auto payment = store::LockPayment(tx, key);
  if (!payment) return Missing(command.caller, "payment_intent_id");
  const auto facts = store::FindFacts(tx, {key})[key];
  const auto refunds = store::FindRefunds(tx, {key})[key];
  auto refund = OpenRefund(*payment, FoldOf(*payment, facts), refunds, id, command.amount, command.reason, now);
  if (!refund) return refund.error();
  const auto* psp = deps.psps.Find(payment->Find(refund->attempt)->psp);
  if (psp == nullptr) return Precondition(Reason::kPspUnsupported, "this PSP is not spoken any more");
  refund->manual = !psp->can_refund();
  ++payment->version;
  payment->update_time = now;
  std::vector<::quittance::events::Event> events;
  const auto event_id = deps.ids.Next();
  const auto send_at = refund->manual ? std::nullopt : std::optional(now + Duration(kPspLease));
  store::InsertRefund(tx, *payment, *refund, send_at, /*leased=*/!refund->manual,
                      events::RefundChanged(RefundEvent::kOpened, *payment, *refund, {event_id, now, command.cause.traceparent}), events);
  store::UpdatePayments(tx, std::span(&*payment, 1), events);
  audit::Append(
      tx, {key.tenant, now, command.cause, "RefundPayment", refund->id.ToString(),
           "{\"payment\":\"" + key.id.ToString() + "\",\"amount_minor\":" + std::to_string(refund->amount.amount_minor) + "}", event_id});
  // Nobody is called: people carry it out, and this is the answer.
  if (refund->manual) db::FinishKey(tx, key.tenant, refund->id.uuid, events::ReplyOf(*refund));
  return OpenedRefund{std::move(*payment), std::move(*refund)};
}

}  // namespace

Task<Result<db::Reply>> RefundPayment(Deps& deps, RefundPaymentCommand command) {
  const auto scope = db::Scope::Of(command.once.tenant);
  const auto id = deps.ids.New<RefundId>();
  auto opened =
      co_await deps.db.OnceOpen<OpenedRefund>(scope, command.once, id.uuid, [&](db::Tx& tx) { return Open(tx, deps, command, id); });
  if (!opened) co_return opened.error();
  if (opened->reply) co_return std::move(*opened->reply);
  if (!opened->fresh) {
    auto reply = co_await ResumeRefund(deps, command.once, command.cause, RefundId{opened->resource});
    co_return reply;
  }
  QUITTANCE_CRASH_POINT("billing.refund.opened");
  const auto& refund = opened->fresh->refund;
  const auto& payment = opened->fresh->payment;
  if (refund.manual) co_return events::ReplyOf(refund);
  auto slot = std::make_shared<ReplySlot>(deps.executor);
  auto chosen = co_await ConnectionOf(deps, command.once.tenant, refund.connection);
  // The connection lost its key since: the refund is open and the job sends it once the key is back.
  if (!chosen) co_return InProgress(id.ToString());
  RefundWork work{{command.once.tenant, payment.id},
                  refund,
                  payment.Find(refund.attempt)->psp_reference,
                  store::Lease{1},
                  std::move(*chosen),
                  command.cause};
  SpawnRefund(deps, std::move(work), slot);
  auto reply = co_await AwaitSlot(deps, scope, command.once, slot, id.ToString());
  co_return reply;
}

}  // namespace quittance::billing

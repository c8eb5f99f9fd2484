// Under the payment's lock: refunds are opened and left to the job that sends them, or the house's own fact says that it is accepted.
#include "services/billing/usecases/settle_conflict.h"

#include "common/audit/audit.h"
#include "services/billing/domain/refund.h"
#include "services/billing/events.h"
#include "services/billing/store/facts.h"
#include "services/billing/usecases/apply_psp_news.h"
#include "services/billing/usecases/four_eyes.h"

namespace quittance::billing {
namespace {

Result<db::Reply> GiveBack(db::Tx& tx, Deps& deps, const SettleConflictCommand& command, Payment payment) {
  const TimePoint now = deps.clock.Now();
  const store::PaymentKey key{payment.tenant, payment.id};
  const auto facts = store::FindFacts(tx, {key})[key];
  const auto known = store::FindRefunds(tx, {key})[key];
  auto refunds = ConflictRefunds(
      payment, FoldOf(payment, facts), known, [&] { return deps.ids.New<RefundId>(); }, now);
  if (refunds.empty()) return Precondition(Reason::kStateConflict, "all of it is on its way back already");
  std::vector<::quittance::events::Event> events;
  payment.update_time = now;
  Uuid event{};
  for (auto& refund : refunds) {
    const auto* psp = deps.psps.Find(payment.Find(refund.attempt)->psp);
    refund.manual = psp == nullptr || !psp->can_refund();
    ++payment.version;
    event = deps.ids.Next();
    const auto send_at = refund.manual ? std::nullopt : std::optional(now);
    store::InsertRefund(tx, payment, refund, send_at, /*leased=*/false,
                        events::RefundChanged(RefundEvent::kOpened, payment, refund, {event, now, command.cause.traceparent}), events);
  }
  store::UpdatePayments(tx, std::span(&payment, 1), events);
  audit::Append(tx, {key.tenant, now, command.cause, "SettleConflict", key.id.ToString(), R"({"settlement":"refund"})", event});
  tx.OnCommit([wake = deps.ports.wake] {
    if (wake) wake("send_refunds");
  });
  return events::ReplyOf(payment);
}

Result<db::Reply> Accept(db::Tx& tx, Deps& deps, const SettleConflictCommand& command, const Payment& payment) {
  const auto word = Say(tx, {command.caller, command.cause, "SettleConflict", payment.id.ToString(), "accept"}, deps.clock.Now());
  if (!word) return word.error();
  if (*word == Word::kFirst) return events::AwaitingReplyOf(payment);
  const auto item = OwnFact(payment, FactKind::kAccepted, command.cause);
  std::map<store::PaymentKey, Payment> after;
  ApplyPspNews(tx, deps, std::span(&item, 1), &after);
  return events::ReplyOf(after.at({payment.tenant, payment.id}));
}

}  // namespace

Task<Result<db::Reply>> SettleConflict(Deps& deps, SettleConflictCommand command) {
  const auto settle = [&](db::Tx& tx) -> Result<db::Reply> {
    auto payment = store::LockPayment(tx, {command.once.tenant, command.payment});
    if (!payment) return Missing(command.caller, "payment_intent_id");
    if (payment->detail != Detail::kConflicted) {
      return Precondition(Reason::kStateConflict, "the payment is not conflicted", {{"state", std::string(Name(payment->detail))}});
    }
    return command.settlement == Settlement::kRefund ? GiveBack(tx, deps, command, std::move(*payment))
                                                     : Accept(tx, deps, command, *payment);
  };
  auto reply = co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, settle);
  co_return reply;
}

}  // namespace quittance::billing

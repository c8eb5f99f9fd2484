// A replay puts the delivery back among the parked ones, due now and with all its tries; the job does the rest, so that two persons who
// press the button, or a process that dies, come to the same end.
#include "services/billing/usecases/deliveries.h"

#include "common/audit/audit.h"
#include "services/billing/events.h"
#include "services/billing/usecases/access.h"

namespace quittance::billing {

Task<Result<DeliveryPage>> ListWebhookDeliveries(Deps& deps, ListWebhookDeliveriesQuery query) {
  const store::DeliveryFilter filter{query.caller.tenant, query.connection, query.state, query.payment};
  DeliveryPage page;
  page.deliveries =
      co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) { return store::ListDeliveries(tx, filter, query.page); });
  if (!page.deliveries.empty()) page.next_page_token = NextPageToken(query.page, page.deliveries.size(), page.deliveries.back().id.uuid);
  co_return page;
}

Task<Result<store::Delivery>> GetWebhookDelivery(Deps& deps, Caller caller, DeliveryId delivery) {
  auto found = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) { return store::FindDelivery(tx, caller.tenant, delivery); });
  if (!found) co_return Missing(caller, "webhook_delivery_id");
  co_return std::move(*found);
}

Task<Result<db::Reply>> ReplayWebhookDelivery(Deps& deps, ReplayWebhookDeliveryCommand command) {
  const auto replay = [&](db::Tx& tx) -> Result<db::Reply> {
    const TimePoint now = deps.clock.Now();
    auto delivery = store::LockDelivery(tx, command.once.tenant, command.delivery);
    if (!delivery) return Missing(command.caller, "webhook_delivery_id");
    if (delivery->state == store::DeliveryState::kQuarantined) {
      return Precondition(Reason::kStateConflict, "a quarantined webhook is never applied", {{"state", "quarantined"}});
    }
    store::ParkAnew(tx, command.once.tenant, command.delivery, now);
    audit::Append(tx, {command.once.tenant, now, command.cause, "ReplayWebhookDelivery", command.delivery.ToString(), "", {}});
    tx.OnCommit([wake = deps.ports.wake] {
      if (wake) wake("replay_parked");
    });
    return events::ReplyOf(*store::FindDelivery(tx, command.once.tenant, command.delivery));
  };
  auto reply = co_await deps.db.Once(db::Scope::Of(command.once.tenant), command.once, replay);
  co_return reply;
}

}  // namespace quittance::billing

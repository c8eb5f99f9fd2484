// See points.h.
#include "tests/chaos/points.h"

namespace quittance::chaos {
namespace {

const std::vector<std::string> kAuth = {"auth"}, kBilling = {"billing"}, kSubscriptions = {"subscriptions"},
                               kNotifications = {"notifications"}, kIngress = {"ingress"};
const std::vector<std::string> kRelays = {"auth", "billing", "subscriptions", "notifications"};
const std::vector<std::string> kConsumers = {"billing", "subscriptions", "notifications"};
const std::vector<Leg> kAtSale = {Leg::kSale}, kAtPay = {Leg::kSale, Leg::kReminder}, kAtReminder = {Leg::kReminder},
                       kAtEnd = {Leg::kEnd, Leg::kLast}, kAlways = {Leg::kSale, Leg::kReminder, Leg::kEnd, Leg::kLast};

}  // namespace

const std::vector<CrashPoint>& CrashPoints() {
  static const std::vector<CrashPoint> table = {
      {"auth.user.created", kAuth, kAtSale},
      {"auth.exchange.verified", kAuth, kAlways},
      {"billing.create.begin", kBilling, kAtPay},
      {"billing.create.opened", kBilling, kAtPay},
      {"billing.create.psp_answered", kBilling, kAtPay},
      {"billing.attempt.applied", kBilling, kAtPay},
      {"billing.webhook.verified", kBilling, kAtPay},
      {"billing.webhook.stored", kBilling, kAtPay},
      {"billing.news.written", kBilling, kAtPay},
      {"billing.confirm.opened", kBilling, kAtSale},
      {"billing.confirm.olders_ended", kBilling, kAtSale},
      {"billing.cancel.stored", kBilling, kAtSale},
      {"billing.cancel.psp_told", kBilling, kAtSale},
      {"billing.end.psp_answered", kBilling, kAtPay},
      {"billing.refund.opened", kBilling, kAtSale},
      {"billing.refund.psp_answered", kBilling, kAtSale},
      {"billing.refund.applied", kBilling, kAtSale},
      {"billing.send_refunds.claimed", kBilling, kAtSale},
      {"billing.resolve.claimed", kBilling, kAtPay},
      {"billing.resolve.psp_answered", kBilling, kAtPay},
      {"billing.expire.claimed", kBilling, kAtReminder},
      {"billing.expire.stored", kBilling, kAtReminder},
      {"billing.parked.claimed", kBilling, kAtPay},
      {"billing.parked.applied", kBilling, kAtPay},
      {"events.relay.read", kRelays, kAlways},
      {"events.relay.acked", kRelays, kAlways},
      {"events.relay.deleted", kRelays, kAlways},
      {"events.consumer.taken", kConsumers, kAlways},
      {"events.consumer.applied", kConsumers, kAlways},
      {"events.consumer.committed", kConsumers, kAlways},
      {"ingress.webhook.received", kIngress, kAtPay},
      {"ingress.webhook.taken", kIngress, kAtPay},
      {"ingress.telegram.received", kIngress, kAtSale},
      {"ingress.telegram.taken", kIngress, kAtSale},
      {"subscriptions.payment.written", kSubscriptions, kAtPay},
      {"subscriptions.remind.written", kSubscriptions, kAtReminder},
      {"subscriptions.remind.committed", kSubscriptions, kAtReminder},
      {"subscriptions.expire.written", kSubscriptions, kAtEnd},
      {"subscriptions.expire.committed", kSubscriptions, kAtEnd},
      {"memberships.drive.claimed", kSubscriptions, kAlways},
      {"memberships.drive.fenced", kSubscriptions, kAlways},
      {"memberships.invite.unbanned", kSubscriptions, kAtSale},
      {"memberships.invite.linked", kSubscriptions, kAtSale},
      {"memberships.revoke.called", kSubscriptions, kAtSale},
      {"memberships.remove.checked", kSubscriptions, kAtEnd},
      {"memberships.remove.called", kSubscriptions, kAtEnd},
      {"memberships.remove.seen", kSubscriptions, kAtEnd},
      {"memberships.drive.called", kSubscriptions, kAlways},
      {"memberships.drive.concluded", kSubscriptions, kAlways},
      {"joins.decided", kSubscriptions, kAtSale},
      {"joins.called", kSubscriptions, kAtSale},
      {"joins.concluded", kSubscriptions, kAtSale},
      {"telegram.update.begin", kSubscriptions, kAtSale},
      {"telegram.update.stored", kSubscriptions, kAtSale},
      {"telegram.message.sent", kSubscriptions, kAtSale},
      {"notifications.send.claimed", kNotifications, kAlways},
      {"notifications.send.composed", kNotifications, kAlways},
      {"notifications.send.accepted", kNotifications, kAlways},
      {"notifications.send.completed", kNotifications, kAlways},
  };
  return table;
}

}  // namespace quittance::chaos

// proto -> news. What cannot be read throws: the consumer counts a try, and the event ends as a dead letter.
#include "services/notifications/api/consumers.h"

#include <algorithm>
#include <stdexcept>

#include "common/crypto/hmac.h"
#include "common/rpc/proto_time.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "quittance/subscriptions/v1/subscriptions_events.pb.h"
#include "services/notifications/usecases/erase_person.h"
#include "services/notifications/usecases/tell.h"

namespace quittance::notifications::api {
namespace {

using quittance::events::Event;
using quittance::events::Handler;

template <class Message>
Message Parse(const Event& event) {
  Message message;
  if (!message.ParseFromString(event.data)) throw std::runtime_error(event.type + " cannot be parsed");
  return message;
}

UserId ReadUser(const std::string& text) {
  const auto user = UserId::Parse(text, "user_id");
  if (!user) throw std::runtime_error("user_id " + user.error().message);
  return *user;
}

Heard HeardOf(const Event& event) { return {event.traceparent}; }

PaymentNews NewsOf(const Event& event, const billing::v1::PaymentIntent& payment) {
  return {.tenant = event.tenant,
          .user = ReadUser(payment.user_id()),
          .id = payment.id(),
          .failed = payment.status() == billing::v1::PaymentIntent::FAILED,
          .detail = payment.detail(),
          .plan_code = payment.plan_code(),
          .amount_minor = payment.amount().amount_minor(),
          .currency = payment.amount().currency_code()};
}

// All of them carry the same state, as field 1.
constexpr std::pair<std::string_view, SubscriptionEvent> kSubscriptionEvents[] = {
    {"SubscriptionActivated", SubscriptionEvent::kActivated},     {"SubscriptionRenewed", SubscriptionEvent::kRenewed},
    {"SubscriptionReminderDue", SubscriptionEvent::kReminderDue}, {"SubscriptionExpired", SubscriptionEvent::kExpired},
    {"SubscriptionSuspended", SubscriptionEvent::kOther},         {"SubscriptionReinstated", SubscriptionEvent::kOther},
    {"SubscriptionCanceled", SubscriptionEvent::kOther},          {"SubscriptionUpdated", SubscriptionEvent::kOther},
};

SubscriptionEvent KindOf(const Event& event) {
  const auto name = std::string_view(event.type).substr(event.type.rfind('.') + 1);
  const auto found = std::ranges::find(kSubscriptionEvents, name, &std::pair<std::string_view, SubscriptionEvent>::first);
  return found == std::end(kSubscriptionEvents) ? SubscriptionEvent::kOther : found->second;
}

HeardSubscription HeardFrom(const Event& event) {
  const auto message = Parse<subscriptions::v1::SubscriptionActivated>(event);
  const auto& subscription = message.subscription();
  return {{.event = KindOf(event),
           .tenant = event.tenant,
           .user = ReadUser(subscription.user_id()),
           .id = subscription.id(),
           .plan_code = subscription.plan_code(),
           .active = subscription.status() == subscriptions::v1::Subscription::ACTIVE,
           .period_end = rpc::ReadTime(subscription.current_period_end()),
           .version = subscription.version()},
          HeardOf(event)};
}

}  // namespace

Handler OnUserSignedUp(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    const auto message = Parse<auth::v1::UserSignedUp>(event);
    TellSignUp(deps, tx,
               {.tenant = event.tenant,
                .user = ReadUser(message.user().id()),
                .sealed_token = crypto::Base64(message.sealed_token()),
                .token_expires = rpc::ReadTime(message.expire_time()),
                .version = message.user().version()},
               HeardOf(event));
  };
}

Handler OnAccount(Deps& deps, std::string template_name) {
  return [&deps, template_name](db::Tx& tx, const Event& event) {
    // Every event of an account has the user as field 1, a sealed token as 2, an end as 3 and a change as 4, where it has them.
    const auto state = Parse<auth::v1::UserSignedUp>(event);
    const auto changed = Parse<auth::v1::FactorChanged>(event);
    AccountNews news{.tenant = event.tenant,
                     .user = ReadUser(state.user().id()),
                     .template_name = template_name,
                     .sealed_token = crypto::Base64(state.sealed_token()),
                     .expires = std::nullopt,
                     .change = changed.change(),
                     .version = state.user().version()};
    if (state.has_expire_time()) news.expires = rpc::ReadTime(state.expire_time());
    TellAccount(deps, tx, news, HeardOf(event));
  };
}

Handler OnMfaCodeRequested(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    const auto message = Parse<auth::v1::MfaCodeRequested>(event);
    AccountNews news{.tenant = event.tenant,
                     .user = ReadUser(message.user().id()),
                     .template_name = "mfa_code",
                     .sealed_token = crypto::Base64(message.sealed_token()),
                     .expires = rpc::ReadTime(message.expire_time()),
                     .change = {},
                     .channel = "sms",
                     .version = message.user().version()};
    TellAccount(deps, tx, news, HeardOf(event));
  };
}

Handler OnUserErased(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    ErasePerson(deps, tx, event.tenant, ReadUser(Parse<auth::v1::UserErased>(event).user().id()), event.sequence, HeardOf(event));
  };
}

Handler OnPlanPublished() {
  return [](db::Tx& tx, const Event& event) {
    const auto message = Parse<subscriptions::v1::PlanPublished>(event);
    const auto& plan = message.plan();
    RememberPlanName(tx, {event.tenant, plan.code(), plan.display_name(), plan.version()});
  };
}

std::vector<quittance::events::Subscription> OnSubscriptions(Deps& deps) {
  std::vector<std::string> types;
  for (const auto& [name, kind] : kSubscriptionEvents) types.push_back("quittance.subscriptions.v1." + std::string(name));
  return quittance::events::InSets(types, [&deps](db::Tx& tx, std::span<const Event* const> events) {
    std::vector<HeardSubscription> heard;
    for (const Event* event : events) heard.push_back(HeardFrom(*event));
    TellSubscriptions(deps, tx, heard);
  });
}

Handler OnMemberInvited(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    const auto message = Parse<subscriptions::v1::MemberInvited>(event);
    const auto& membership = message.membership();
    TellInvite(deps, tx,
               {.tenant = event.tenant,
                .user = ReadUser(membership.user_id()),
                .membership = membership.id(),
                .channel = membership.channel(),
                .link = membership.invite_link(),
                .time = event.time,
                .version = membership.version()},
               HeardOf(event));
  };
}

Handler OnPaymentFailed(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    const auto message = Parse<billing::v1::PaymentFailed>(event);
    TellFailure(deps, tx, NewsOf(event, message.payment_intent()), HeardOf(event));
  };
}

Handler OnRefundSucceeded(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    const auto message = Parse<billing::v1::RefundSucceeded>(event);
    const auto& refund = message.refund();
    TellRefund(deps, tx,
               {.payment = NewsOf(event, message.payment_intent()),
                .id = refund.id(),
                .succeeded = refund.status() == billing::v1::Refund::SUCCEEDED,
                .amount_minor = refund.amount().amount_minor()},
               HeardOf(event));
  };
}

Handler OnRefundFailed(Deps& deps) {
  return [&deps](db::Tx& tx, const Event& event) {
    const auto message = Parse<billing::v1::RefundFailed>(event);
    const auto& refund = message.refund();
    TellRefund(deps, tx,
               {.payment = NewsOf(event, message.payment_intent()),
                .id = refund.id(),
                .failed = refund.status() == billing::v1::Refund::FAILED,
                .amount_minor = refund.amount().amount_minor()},
               HeardOf(event));
  };
}

}  // namespace quittance::notifications::api

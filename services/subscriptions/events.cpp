// Events and replies over the generated messages. The type of an event is its message's full name.
#include "services/subscriptions/events.h"

#include "common/core/check.h"
#include "common/rpc/proto_time.h"
#include "services/subscriptions/wire.h"

namespace quittance::subscriptions::events {
namespace {

Event Make(TenantId tenant, std::string key, std::int64_t sequence, const Mark& mark, const google::protobuf::Message& message) {
  return {.id = mark.id,
          .tenant = tenant,
          .type = message.GetDescriptor()->full_name(),
          .key = std::move(key),
          .sequence = sequence,
          .time = mark.time,
          .traceparent = mark.traceparent,
          .data = message.SerializeAsString()};
}

template <class Message>
Event SubscriptionIn(const Subscription& subscription, const Mark& mark) {
  Message message;
  *message.mutable_subscription() = wire::ToProto(subscription, mark.time);
  return Make(subscription.tenant, subscription.id.ToString(), subscription.version, mark, message);
}

template <class Message>
Event MembershipIn(const Membership& membership, bool linked, const Mark& mark) {
  Message message;
  *message.mutable_membership() = wire::ToProto(membership, linked);
  return Make(membership.tenant, membership.id.ToString(), membership.version, mark, message);
}

}  // namespace

Event PlanPublished(const Plan& plan, const Mark& mark) {
  v1::PlanPublished message;
  *message.mutable_plan() = wire::ToProto(plan);
  return Make(plan.tenant, plan.id.ToString(), plan.version, mark, message);
}

Event OfSubscription(SubscriptionEvent event, const Subscription& subscription, const Mark& mark) {
  switch (event) {
    case SubscriptionEvent::kActivated:
      return SubscriptionIn<v1::SubscriptionActivated>(subscription, mark);
    case SubscriptionEvent::kRenewed:
      return SubscriptionIn<v1::SubscriptionRenewed>(subscription, mark);
    case SubscriptionEvent::kReminderDue:
      return SubscriptionIn<v1::SubscriptionReminderDue>(subscription, mark);
    case SubscriptionEvent::kExpired:
      return SubscriptionIn<v1::SubscriptionExpired>(subscription, mark);
    case SubscriptionEvent::kSuspended:
      return SubscriptionIn<v1::SubscriptionSuspended>(subscription, mark);
    case SubscriptionEvent::kReinstated:
      return SubscriptionIn<v1::SubscriptionReinstated>(subscription, mark);
    case SubscriptionEvent::kCanceled:
      return SubscriptionIn<v1::SubscriptionCanceled>(subscription, mark);
    case SubscriptionEvent::kUpdated:
      return SubscriptionIn<v1::SubscriptionUpdated>(subscription, mark);
  }
  CHECK(false);
  return {};
}

Event OfMembership(MembershipEvent event, const Membership& membership, bool linked, const Mark& mark) {
  switch (event) {
    case MembershipEvent::kInvited:
      return MembershipIn<v1::MemberInvited>(membership, linked, mark);
    case MembershipEvent::kUpdated:
      return MembershipIn<v1::MembershipUpdated>(membership, linked, mark);
    case MembershipEvent::kJoined:
      return MembershipIn<v1::MemberJoined>(membership, linked, mark);
    case MembershipEvent::kLeft:
      return MembershipIn<v1::MemberLeft>(membership, linked, mark);
    case MembershipEvent::kRemoved:
      return MembershipIn<v1::MemberRemoved>(membership, linked, mark);
    case MembershipEvent::kBlocked:
      return MembershipIn<v1::MembershipBlocked>(membership, linked, mark);
  }
  CHECK(false);
  return {};
}

db::Reply PlanReply(const Plan& plan) {
  db::Reply reply;
  reply.bytes = wire::ToProto(plan).SerializeAsString();
  return reply;
}

db::Reply LinkTokenReply(const std::string& url, std::string_view token, TimePoint expires) {
  v1::LinkToken message;
  rpc::SetTime(message.mutable_expire_time(), expires);
  db::Reply reply;
  reply.bytes = message.SerializeAsString();
  message.set_url(url);
  message.set_token(std::string(token));
  reply.secret_bytes = message.SerializeAsString();
  return reply;
}

}  // namespace quittance::subscriptions::events

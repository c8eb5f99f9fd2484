// The mapping, field by field.
#include "services/subscriptions/wire.h"

#include "common/rpc/proto_time.h"

namespace quittance::subscriptions::wire {
namespace {

// AIP-154: with quotes.
std::string Etag(std::int64_t version) { return "\"" + std::to_string(version) + "\""; }

v1::Subscription::Status StatusOf(SubscriptionStatus status) {
  switch (status) {
    case SubscriptionStatus::kActive:
      return v1::Subscription::ACTIVE;
    case SubscriptionStatus::kExpired:
      return v1::Subscription::EXPIRED;
    case SubscriptionStatus::kSuspended:
      return v1::Subscription::SUSPENDED;
    case SubscriptionStatus::kCanceled:
      return v1::Subscription::CANCELED;
    case SubscriptionStatus::kNew:
      return v1::Subscription::STATUS_UNSPECIFIED;
  }
  return v1::Subscription::STATUS_UNSPECIFIED;
}

v1::Membership::State StateOf(MembershipState state) {
  switch (state) {
    case MembershipState::kNone:
      return v1::Membership::NONE;
    case MembershipState::kInvited:
      return v1::Membership::INVITED;
    case MembershipState::kRequested:
      return v1::Membership::REQUESTED;
    case MembershipState::kMember:
      return v1::Membership::MEMBER;
    case MembershipState::kRemoving:
      return v1::Membership::REMOVING;
    case MembershipState::kRemoved:
      return v1::Membership::REMOVED;
    case MembershipState::kLeftByUser:
      return v1::Membership::LEFT_BY_USER;
    case MembershipState::kBlockedConfig:
      return v1::Membership::BLOCKED_CONFIG;
    case MembershipState::kFailed:
      return v1::Membership::FAILED;
  }
  return v1::Membership::STATE_UNSPECIFIED;
}

}  // namespace

v1::Plan ToProto(const Plan& plan) {
  v1::Plan out;
  out.set_id(plan.id.ToString());
  out.set_code(plan.code);
  out.set_display_name(plan.display_name);
  out.set_access(plan.access);
  out.set_duration_seconds(plan.duration.count());
  out.mutable_price()->set_amount_minor(plan.price.amount_minor);
  out.mutable_price()->set_currency_code(std::string(plan.price.currency.code()));
  for (const auto& channel : plan.channels) out.add_channels(channel);
  out.set_status(plan.status == PlanStatus::kActive ? v1::Plan::STATUS_ACTIVE : v1::Plan::STATUS_ARCHIVED);
  rpc::SetTime(out.mutable_create_time(), plan.create_time);
  rpc::SetTime(out.mutable_update_time(), plan.update_time);
  out.set_etag(Etag(plan.version));
  out.set_version(plan.version);
  return out;
}

v1::Subscription ToProto(const Subscription& subscription, TimePoint now) {
  v1::Subscription out;
  out.set_id(subscription.id.ToString());
  out.set_user_id(subscription.user.ToString());
  out.set_access(subscription.access);
  out.set_plan_code(subscription.plan_code);
  out.set_status(StatusOf(subscription.status));
  rpc::SetTime(out.mutable_current_period_start(), subscription.current_period_start);
  rpc::SetTime(out.mutable_current_period_end(), subscription.current_period_end);
  out.set_seconds_remaining(subscription.SecondsRemaining(now));
  out.set_expiring(subscription.Expiring(now));
  out.set_cancel_at_period_end(subscription.cancel_at_period_end);
  out.set_version(subscription.version);
  rpc::SetTime(out.mutable_create_time(), subscription.create_time);
  rpc::SetTime(out.mutable_update_time(), subscription.update_time);
  out.set_etag(Etag(subscription.version));
  return out;
}

v1::Membership ToProto(const Membership& membership, bool linked) {
  v1::Membership out;
  out.set_id(membership.id.ToString());
  out.set_user_id(membership.user.ToString());
  out.set_channel(membership.channel);
  out.set_state(StateOf(membership.state));
  out.set_desired(membership.desired);
  out.set_linked(linked);
  if (membership.state == MembershipState::kInvited) out.set_invite_link(membership.invite_link);
  out.set_last_error(membership.last_error);
  out.set_version(membership.version);
  rpc::SetTime(out.mutable_create_time(), membership.create_time);
  rpc::SetTime(out.mutable_update_time(), membership.update_time);
  return out;
}

std::optional<SubscriptionStatus> FromProto(v1::Subscription::Status status) {
  switch (status) {
    case v1::Subscription::ACTIVE:
      return SubscriptionStatus::kActive;
    case v1::Subscription::EXPIRED:
      return SubscriptionStatus::kExpired;
    case v1::Subscription::SUSPENDED:
      return SubscriptionStatus::kSuspended;
    case v1::Subscription::CANCELED:
      return SubscriptionStatus::kCanceled;
    default:
      return std::nullopt;
  }
}

}  // namespace quittance::subscriptions::wire

// The events of this service and the replies it stores, made from domain values; protobuf stays in the .cpp.
// Invariant: each event carries the whole public state and its version; no Telegram id of a person or chat.
#pragma once

#include "common/db/idempotency.h"
#include "common/events/event.h"
#include "services/subscriptions/domain/membership.h"
#include "services/subscriptions/domain/plan.h"
#include "services/subscriptions/domain/subscription.h"

namespace quittance::subscriptions::events {

using quittance::events::Event;

// What every event has besides its message.
struct Mark {
  Uuid id;
  TimePoint time;
  std::string traceparent;
};

Event PlanPublished(const Plan& plan, const Mark& mark);
Event OfSubscription(SubscriptionEvent event, const Subscription& subscription, const Mark& mark);
Event OfMembership(MembershipEvent event, const Membership& membership, bool linked, const Mark& mark);

// Replies as they go over the wire.
db::Reply PlanReply(const Plan& plan);
// The token is a secret part: a replay after its time has the expiry only.
db::Reply LinkTokenReply(const std::string& url, std::string_view token, TimePoint expires);

}  // namespace quittance::subscriptions::events

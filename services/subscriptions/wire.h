// Domain values to the messages of proto/quittance/subscriptions/v1. Included by events.cpp and api/ alone.
#pragma once

#include "quittance/subscriptions/v1/subscriptions.pb.h"
#include "quittance/subscriptions/v1/subscriptions_events.pb.h"
#include "services/subscriptions/domain/membership.h"
#include "services/subscriptions/domain/plan.h"
#include "services/subscriptions/domain/subscription.h"

namespace quittance::subscriptions::wire {

v1::Plan ToProto(const Plan& plan);
// The countdown is what is left at `now`.
v1::Subscription ToProto(const Subscription& subscription, TimePoint now);
v1::Membership ToProto(const Membership& membership, bool linked);

// nullopt for STATUS_UNSPECIFIED and what this version does not know.
std::optional<SubscriptionStatus> FromProto(v1::Subscription::Status status);

}  // namespace quittance::subscriptions::wire

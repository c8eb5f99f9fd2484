// Enum values as they are stored. Invariant: equal to the CHECK constraints of migrations/subscriptions.
#pragma once

#include <string_view>

#include "services/subscriptions/domain/membership.h"
#include "services/subscriptions/domain/subscription.h"

namespace quittance::subscriptions::store {

std::string_view Name(PlanStatus status);
std::string_view Name(SubscriptionStatus status);
std::string_view Name(MembershipState state);
std::string_view Name(Stop::Kind kind);

// Throw std::runtime_error for a name that no code of this version writes.
PlanStatus ParsePlanStatus(std::string_view name);
SubscriptionStatus ParseSubscriptionStatus(std::string_view name);
MembershipState ParseMembershipState(std::string_view name);
Stop::Kind ParseStopKind(std::string_view name);

}  // namespace quittance::subscriptions::store

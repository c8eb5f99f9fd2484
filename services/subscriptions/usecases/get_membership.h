// GetMembership: where a user stands in a channel.
#pragma once

#include "services/subscriptions/deps.h"
#include "services/subscriptions/store/memberships.h"

namespace quittance::subscriptions {

inline constexpr std::string_view kDefaultChannel = "default";

struct GetMembershipQuery {
  Caller caller;
  std::string user_id;
  std::string channel;  // empty: default
};
Task<Result<store::MembershipRead>> GetMembership(Deps& deps, GetMembershipQuery query);

}  // namespace quittance::subscriptions

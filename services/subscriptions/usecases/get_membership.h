// GetMembership: where a user stands in a channel; and, for the copy of a person's data, all of theirs with the Telegram account they
// linked.
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

Task<Result<std::vector<store::MembershipRead>>> ListOwnMemberships(Deps& deps, Caller person);
// Telegram's id of the person's account; empty if they linked none.
Task<Result<std::string>> FindTelegramAccount(Deps& deps, Caller person);

}  // namespace quittance::subscriptions

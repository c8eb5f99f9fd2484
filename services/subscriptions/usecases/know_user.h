// KnowUser: auth's events as a projection, and auth itself on a miss, once.
#pragma once

#include <span>

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

// From events, in the consumer's transaction.
void LearnUsers(db::Tx& tx, std::span<const KnownUser> users);

// nullopt: auth does not know this user either. Throws Fault while auth is down and the user is not known here.
Task<std::optional<KnownUser>> KnowUser(Deps& deps, TenantId tenant, UserId user);

}  // namespace quittance::subscriptions

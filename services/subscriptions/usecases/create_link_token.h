// CreateLinkToken: a deep link to the tenant's bot that ties a Telegram account to a user. Single use, 1 h, stored as a hash.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr std::chrono::hours kLinkTokenAge{1};

struct CreateLinkTokenCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string user_id;
};
Task<Result<db::Reply>> CreateLinkToken(Deps& deps, CreateLinkTokenCommand command);

}  // namespace quittance::subscriptions

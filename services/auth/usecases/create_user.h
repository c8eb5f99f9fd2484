// CreateUser: a backend's user, without our login.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

struct CreateUserCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  Personal personal;
  std::string locale;
};

// ALREADY_EXISTS for a taken address or external id.
Task<Result<db::Reply>> CreateUser(Deps& deps, CreateUserCommand command);

}  // namespace quittance::auth

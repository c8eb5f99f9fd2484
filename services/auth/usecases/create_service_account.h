// CreateServiceAccount: an account for a machine, with its first secret.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/service_account.h"

namespace quittance::auth {

struct CreateServiceAccountCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  NewServiceAccount account;
  std::string tenant;  // code; only from operators of the platform
};

// PERMISSION_DENIED for a scope the caller does not have. The secret is in the reply's sealed part.
Task<Result<db::Reply>> CreateServiceAccount(Deps& deps, CreateServiceAccountCommand command);

}  // namespace quittance::auth

// CreateTenant: a tenant with its default roles.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/tenant.h"

namespace quittance::auth {

struct CreateTenantCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  NewTenant tenant;
};

// ALREADY_EXISTS for a taken code.
Task<Result<db::Reply>> CreateTenant(Deps& deps, CreateTenantCommand command);

}  // namespace quittance::auth

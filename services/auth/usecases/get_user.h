// GetUser: one user, to a backend, an operator, the user themselves, or a process of ours that met an unknown id.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

struct GetUserQuery {
  Caller caller;
  std::string user_id;
  std::string tenant_id;  // only from our own processes
};

Task<Result<User>> GetUser(Deps& deps, GetUserQuery query);

}  // namespace quittance::auth

// Roles of a tenant as rows: list, put, delete. Invariant: a role's new scopes hold for everybody who has it within the trust poll, because
// their tokens are outdated; nobody puts more into a role than they hold; the role admin cannot be emptied.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"

namespace quittance::auth {

struct Role {
  std::string name;
  std::vector<std::string> scopes;  // sorted
  bool builtin = false;
};

Task<Result<std::vector<Role>>> ListRoles(Deps& deps, Caller caller);

struct RoleCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string role;
  std::vector<std::string> scopes = {};
};
Task<Result<db::Reply>> PutRole(Deps& deps, RoleCommand command);
// FAILED_PRECONDITION for one that is built in or that somebody has.
Task<Result<db::Reply>> DeleteRole(Deps& deps, RoleCommand command);

}  // namespace quittance::auth

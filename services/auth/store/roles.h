// Rows of roles: what they open, and who has them. Invariant: whoever takes the role admin away from somebody, or an admin out of use,
// holds the lock of the role's row, so that two of them cannot leave a tenant without any.
#pragma once

#include <vector>

#include "common/db/tx.h"

namespace quittance::auth::store {

// Which of them exist, with the scopes that they open together; sorted.
struct RoleScopes {
  std::vector<std::string> roles;
  std::vector<std::string> scopes;
};
RoleScopes FindRoleScopes(db::Tx& tx, TenantId tenant, const std::vector<std::string>& roles);

void ReplaceUserRoles(db::Tx& tx, TenantId tenant, UserId user, const std::vector<std::string>& roles);

// Two changes that might take the last administrator away wait for each other here.
void LockAdmins(db::Tx& tx, TenantId tenant);
// Whether somebody in use holds auth:admin.
bool HasAdmin(db::Tx& tx, TenantId tenant);

}  // namespace quittance::auth::store

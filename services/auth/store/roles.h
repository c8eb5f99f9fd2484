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

struct RoleRow {
  std::string name;
  std::vector<std::string> scopes;
  bool builtin = false;
};
std::vector<RoleRow> ListRoles(db::Tx& tx, TenantId tenant);
// Makes it or replaces what it opens; whether it is built in.
bool PutRole(db::Tx& tx, TenantId tenant, const std::string& role, const std::vector<std::string>& scopes);
enum class RoleDeletion { kDone, kUnknown, kInUse };
RoleDeletion DeleteRole(db::Tx& tx, TenantId tenant, const std::string& role);
// Raises the epoch of everybody who has the role, with a revocation for each.
void OutdateHolders(db::Tx& tx, TenantId tenant, const std::string& role, TimePoint expires, TimePoint now);

void ReplaceUserRoles(db::Tx& tx, TenantId tenant, UserId user, const std::vector<std::string>& roles);

// Two changes that might take the last administrator away wait for each other here.
void LockAdmins(db::Tx& tx, TenantId tenant);
// Whether somebody in use holds auth:admin.
bool HasAdmin(db::Tx& tx, TenantId tenant);

}  // namespace quittance::auth::store

// SQL of roles.
#include "services/auth/store/roles.h"

namespace quittance::auth::store {
namespace {

std::string TextArray(const std::vector<std::string>& texts) {
  return db::ArrayOf(texts, [](const std::string& text) { return std::string_view(text); });
}

}  // namespace

RoleScopes FindRoleScopes(db::Tx& tx, TenantId tenant, const std::vector<std::string>& roles) {
  RoleScopes found;
  for (const db::Row& row : tx.Exec("SELECT role FROM roles WHERE tenant_id = $1 AND role = ANY($2::text[]) ORDER BY role COLLATE \"C\"",
                                    tenant, TextArray(roles))) {
    found.roles.push_back(row.Get<std::string>("role"));
  }
  for (const db::Row& row :
       tx.Exec("SELECT scope FROM role_scopes WHERE tenant_id = $1 AND role = ANY($2::text[]) GROUP BY scope ORDER BY scope COLLATE \"C\"",
               tenant, TextArray(roles))) {
    found.scopes.push_back(row.Get<std::string>("scope"));
  }
  return found;
}

void ReplaceUserRoles(db::Tx& tx, TenantId tenant, UserId user, const std::vector<std::string>& roles) {
  tx.Exec("DELETE FROM user_roles WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  tx.Exec("INSERT INTO user_roles (tenant_id, user_id, role) SELECT $1, $2, unnest($3::text[])", tenant, user, TextArray(roles));
}

void LockAdmins(db::Tx& tx, TenantId tenant) { tx.Exec("SELECT 1 FROM roles WHERE tenant_id = $1 AND role = 'admin' FOR UPDATE", tenant); }

bool HasAdmin(db::Tx& tx, TenantId tenant) {
  const db::Rows rows = tx.Exec(
      "SELECT 1 FROM user_roles r JOIN users u USING (tenant_id, user_id) JOIN role_scopes s USING (tenant_id, role)"
      " WHERE r.tenant_id = $1 AND s.scope = 'auth:admin' AND u.status = 'active' LIMIT 1",
      tenant);
  return !rows.empty();
}

}  // namespace quittance::auth::store

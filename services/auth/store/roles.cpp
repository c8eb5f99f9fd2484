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

std::vector<RoleRow> ListRoles(db::Tx& tx, TenantId tenant) {
  std::vector<RoleRow> roles;
  for (const db::Row& row :
       tx.Exec("SELECT role, builtin, ARRAY(SELECT s.scope FROM role_scopes s WHERE s.tenant_id = r.tenant_id AND s.role = r.role"
               " ORDER BY s.scope COLLATE \"C\")::text[] AS scopes FROM roles r WHERE tenant_id = $1 ORDER BY role COLLATE \"C\"",
               tenant)) {
    roles.push_back({row.Get<std::string>("role"), row.Get<std::vector<std::string>>("scopes"), row.Get<bool>("builtin")});
  }
  return roles;
}

bool PutRole(db::Tx& tx, TenantId tenant, const std::string& role, const std::vector<std::string>& scopes) {
  const bool builtin = tx.Exec(
                             "INSERT INTO roles (tenant_id, role, builtin) VALUES ($1, $2, false) ON CONFLICT (tenant_id, role)"
                             " DO UPDATE SET builtin = roles.builtin RETURNING builtin",
                             tenant, role)
                           .front()
                           .Get<bool>("builtin");
  tx.Exec("DELETE FROM role_scopes WHERE tenant_id = $1 AND role = $2", tenant, role);
  tx.Exec("INSERT INTO role_scopes (tenant_id, role, scope) SELECT $1, $2, unnest($3::text[])", tenant, role, TextArray(scopes));
  return builtin;
}

RoleDeletion DeleteRole(db::Tx& tx, TenantId tenant, const std::string& role) {
  const db::Rows rows = tx.Exec(
      "SELECT builtin OR EXISTS (SELECT 1 FROM user_roles u WHERE u.tenant_id = r.tenant_id AND u.role = r.role) AS in_use FROM roles r"
      " WHERE tenant_id = $1 AND role = $2 FOR UPDATE",
      tenant, role);
  if (rows.empty()) return RoleDeletion::kUnknown;
  if (rows.front().Get<bool>("in_use")) return RoleDeletion::kInUse;
  tx.Exec("DELETE FROM roles WHERE tenant_id = $1 AND role = $2", tenant, role);
  return RoleDeletion::kDone;
}

void OutdateHolders(db::Tx& tx, TenantId tenant, const std::string& role, TimePoint expires, TimePoint now) {
  tx.Exec("SELECT 1 FROM tenants WHERE tenant_id = $1 FOR SHARE", tenant);
  tx.Exec(
      "WITH outdated AS (UPDATE users u SET epoch = 1 + greatest(u.epoch, t.epoch) FROM tenants t WHERE t.tenant_id = $1 AND u.tenant_id = "
      "$1 AND EXISTS (SELECT 1 FROM user_roles r WHERE r.tenant_id = $1 AND r.role = $2 AND r.user_id = u.user_id) RETURNING u.user_id, "
      "u.epoch) INSERT INTO revocations (tenant_id, id, subject, min_epoch, expire_at, created_at) SELECT $1, gen_random_uuid(), 'usr_' || "
      "replace(user_id::text, '-', ''), epoch, $3, $4 FROM outdated",
      tenant, role, expires, now);
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

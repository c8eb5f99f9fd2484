// SQL of tenants and roles.
#include "services/auth/store/tenants.h"

#include "services/auth/domain/scopes.h"

namespace quittance::auth::store {
namespace {

constexpr std::string_view kSelectByCode =
    "SELECT tenant_id, code, display_name, locale, time_zone, sign_up_open, epoch, version, created_at, updated_at FROM tenants WHERE code "
    "= $1";
constexpr std::string_view kSelectById =
    "SELECT tenant_id, code, display_name, locale, time_zone, sign_up_open, epoch, version, created_at, updated_at FROM tenants WHERE "
    "tenant_id = $1";

Tenant Read(const db::Row& row) {
  return {.id = row.Get<TenantId>("tenant_id"),
          .code = row.Get<std::string>("code"),
          .display_name = row.Get<std::string>("display_name"),
          .locale = row.Get<std::string>("locale"),
          .time_zone = row.Get<std::string>("time_zone"),
          .sign_up_open = row.Get<bool>("sign_up_open"),
          .epoch = row.Get<std::int64_t>("epoch"),
          .version = row.Get<std::int64_t>("version"),
          .created = row.Get<TimePoint>("created_at"),
          .updated = row.Get<TimePoint>("updated_at")};
}

void InsertDefaultRoles(db::Tx& tx, TenantId tenant) {
  std::vector<std::string> roles, owners, scopes;
  for (const RoleDefault& each : DefaultRoles()) {
    roles.emplace_back(each.role);
    for (const std::string_view scope : each.scopes) {
      owners.emplace_back(each.role);
      scopes.emplace_back(scope);
    }
  }
  const auto text = [](const std::string& value) { return std::string_view(value); };
  tx.Exec("INSERT INTO roles (tenant_id, role, builtin) SELECT $1, unnest($2::text[]), true", tenant, db::ArrayOf(roles, text));
  tx.Exec("INSERT INTO role_scopes (tenant_id, role, scope) SELECT $1, * FROM unnest($2::text[], $3::text[])", tenant,
          db::ArrayOf(owners, text), db::ArrayOf(scopes, text));
}

}  // namespace

bool InsertTenant(db::Tx& tx, const Tenant& tenant) {
  const db::Rows rows = tx.Exec(
      "INSERT INTO tenants (tenant_id, code, display_name, locale, time_zone, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)"
      " ON CONFLICT (code) DO NOTHING",
      tenant.id, tenant.code, tenant.display_name, tenant.locale, tenant.time_zone, tenant.created);
  if (rows.affected() == 0) return false;
  InsertDefaultRoles(tx, tenant.id);
  return true;
}

std::optional<Tenant> FindTenantByCode(db::Tx& tx, std::string_view code) {
  const db::Rows rows = tx.Exec(kSelectByCode, code);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::int64_t ShareTenantEpoch(db::Tx& tx, TenantId id) {
  return tx.Exec("SELECT epoch FROM tenants WHERE tenant_id = $1 FOR SHARE", id).front().Get<std::int64_t>("epoch");
}

std::optional<Tenant> FindTenant(db::Tx& tx, TenantId id) {
  const db::Rows rows = tx.Exec(kSelectById, id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

}  // namespace quittance::auth::store

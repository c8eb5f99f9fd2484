// SQL of tenants and roles.
#include "services/auth/store/tenants.h"

#include "common/core/check.h"
#include "services/auth/domain/scopes.h"

namespace quittance::auth::store {
namespace {

constexpr std::string_view kSelect =
    "SELECT tenant_id, code, display_name, locale, time_zone, sign_up_open, maintenance, allowed_origins, calls_per_minute, epoch, version,"
    " created_at, updated_at FROM tenants WHERE ";

std::string Select(std::string_view condition) { return std::string(kSelect) + std::string(condition); }

Tenant Read(const db::Row& row) {
  return {.id = row.Get<TenantId>("tenant_id"),
          .code = row.Get<std::string>("code"),
          .display_name = row.Get<std::string>("display_name"),
          .locale = row.Get<std::string>("locale"),
          .time_zone = row.Get<std::string>("time_zone"),
          .sign_up_open = row.Get<bool>("sign_up_open"),
          .maintenance = row.Get<bool>("maintenance"),
          .allowed_origins = row.Get<std::vector<std::string>>("allowed_origins"),
          .calls_per_minute = row.Find<int>("calls_per_minute"),
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
  static const std::string sql = Select("code = $1");
  const db::Rows rows = tx.Exec(sql, code);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::int64_t ShareTenantEpoch(db::Tx& tx, TenantId id) {
  return tx.Exec("SELECT epoch FROM tenants WHERE tenant_id = $1 FOR SHARE", id).front().Get<std::int64_t>("epoch");
}

std::optional<Tenant> FindTenant(db::Tx& tx, TenantId id) {
  static const std::string sql = Select("tenant_id = $1");
  const db::Rows rows = tx.Exec(sql, id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::optional<Tenant> LockTenant(db::Tx& tx, TenantId id) {
  static const std::string sql = Select("tenant_id = $1 FOR UPDATE");
  const db::Rows rows = tx.Exec(sql, id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::vector<Tenant> ListTenants(db::Tx& tx, const PageRequest& page) {
  static const std::string sql = Select("($1::uuid IS NULL OR tenant_id > $1::uuid) ORDER BY tenant_id LIMIT $2");
  std::vector<Tenant> tenants;
  for (const db::Row& row : tx.Exec(sql, page.after, page.size)) tenants.push_back(Read(row));
  return tenants;
}

void SaveTenant(db::Tx& tx, const Tenant& tenant) {
  const db::Rows saved = tx.Exec(
      "UPDATE tenants SET display_name = $2, locale = $3, time_zone = $4, sign_up_open = $5, maintenance = $6, allowed_origins = "
      "$7::text[], calls_per_minute = $8, epoch = $9, version = $10, updated_at = $11 WHERE tenant_id = $1 AND version = $10 - 1",
      tenant.id, tenant.display_name, tenant.locale, tenant.time_zone, tenant.sign_up_open, tenant.maintenance,
      db::ArrayOf(tenant.allowed_origins, [](const std::string& origin) { return std::string_view(origin); }), tenant.calls_per_minute,
      tenant.epoch, tenant.version, tenant.updated);
  CHECK(saved.affected() == 1);  // the caller holds its lock
}

std::int64_t HighestEpoch(db::Tx& tx, TenantId id) {
  return tx
      .Exec(
          "SELECT greatest((SELECT epoch FROM tenants WHERE tenant_id = $1), (SELECT max(epoch) FROM users WHERE tenant_id = $1),"
          " (SELECT max(epoch) FROM service_accounts WHERE tenant_id = $1)) AS highest",
          id)
      .front()
      .Get<std::int64_t>("highest");
}

}  // namespace quittance::auth::store

// SQL of accounts of machines.
#include "services/auth/store/service_accounts.h"

namespace quittance::auth::store {

void InsertServiceAccount(db::Tx& tx, const ServiceAccount& account, std::string_view created_by, const Uuid& secret_id,
                          std::string_view secret_hash) {
  tx.Exec(
      "INSERT INTO service_accounts (tenant_id, account_id, display_name, scopes, expire_at, created_by, created_at)"
      " VALUES ($1, $2, $3, $4::text[], $5, $6, $7)",
      account.tenant, account.id, account.display_name,
      db::ArrayOf(account.scopes, [](const std::string& scope) { return std::string_view(scope); }), account.expires, created_by,
      account.created);
  tx.Exec("INSERT INTO service_account_secrets (tenant_id, account_id, secret_id, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
          account.tenant, account.id, secret_id, db::Bytes{std::string(secret_hash)}, account.created);
}

std::optional<StoredAccount> FindServiceAccount(db::Tx& tx, ServiceAccountId id, TimePoint now) {
  const db::Rows rows = tx.Exec(
      "SELECT a.tenant_id, a.display_name, a.scopes, a.expire_at, a.disabled_at IS NOT NULL AS disabled, a.epoch, a.created_at, t.epoch AS "
      "tenant_epoch,"
      " s.secret_hash FROM service_accounts a JOIN tenants t ON t.tenant_id = a.tenant_id"
      " LEFT JOIN service_account_secrets s ON s.tenant_id = a.tenant_id AND s.account_id = a.account_id AND (s.expire_at IS NULL OR "
      "s.expire_at > $2)"
      " WHERE a.account_id = $1 ORDER BY s.secret_id",
      id, now);
  if (rows.empty()) return std::nullopt;
  const db::Row first = rows.front();
  StoredAccount stored{.account = {.tenant = first.Get<TenantId>("tenant_id"),
                                   .id = id,
                                   .display_name = first.Get<std::string>("display_name"),
                                   .scopes = first.Get<std::vector<std::string>>("scopes"),
                                   .expires = first.Find<TimePoint>("expire_at"),
                                   .disabled = first.Get<bool>("disabled"),
                                   .epoch = first.Get<std::int64_t>("epoch"),
                                   .created = first.Get<TimePoint>("created_at")},
                       .tenant_epoch = first.Get<std::int64_t>("tenant_epoch"),
                       .secret_hashes = {}};
  for (const db::Row& row : rows) {
    if (auto hash = row.Find<db::Bytes>("secret_hash")) stored.secret_hashes.push_back(std::move(hash->data));
  }
  return stored;
}

}  // namespace quittance::auth::store

// SQL of accounts of machines.
#include "services/auth/store/service_accounts.h"

namespace quittance::auth::store {
namespace {

constexpr std::string_view kSelect =
    "SELECT tenant_id, account_id, display_name, scopes, expire_at, disabled_at IS NOT NULL AS disabled, break_glass, last_used_at, epoch,"
    " created_at FROM service_accounts WHERE ";

ServiceAccount Read(const db::Row& row, ServiceAccountId id) {
  return {.tenant = row.Get<TenantId>("tenant_id"),
          .id = id,
          .display_name = row.Get<std::string>("display_name"),
          .scopes = row.Get<std::vector<std::string>>("scopes"),
          .expires = row.Find<TimePoint>("expire_at"),
          .disabled = row.Get<bool>("disabled"),
          .break_glass = row.Get<bool>("break_glass"),
          .epoch = row.Get<std::int64_t>("epoch"),
          .created = row.Get<TimePoint>("created_at"),
          .used = row.Find<TimePoint>("last_used_at")};
}

}  // namespace

void InsertServiceAccount(db::Tx& tx, const ServiceAccount& account, std::string_view created_by, const Uuid& secret_id,
                          std::string_view secret_hash) {
  tx.Exec(
      "INSERT INTO service_accounts (tenant_id, account_id, display_name, scopes, expire_at, created_by, created_at, break_glass)"
      " VALUES ($1, $2, $3, $4::text[], $5, $6, $7, $8)",
      account.tenant, account.id, account.display_name,
      db::ArrayOf(account.scopes, [](const std::string& scope) { return std::string_view(scope); }), account.expires, created_by,
      account.created, account.break_glass);
  tx.Exec("INSERT INTO service_account_secrets (tenant_id, account_id, secret_id, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
          account.tenant, account.id, secret_id, db::Bytes{std::string(secret_hash)}, account.created);
}

std::optional<StoredAccount> FindServiceAccount(db::Tx& tx, ServiceAccountId id, TimePoint now) {
  const db::Rows rows = tx.Exec(
      "SELECT a.tenant_id, a.display_name, a.scopes, a.expire_at, a.disabled_at IS NOT NULL AS disabled, a.break_glass, a.last_used_at, "
      "a.epoch, a.created_at, t.epoch AS tenant_epoch, s.secret_hash FROM service_accounts a JOIN tenants t ON t.tenant_id = a.tenant_id "
      "LEFT JOIN service_account_secrets s ON s.tenant_id = a.tenant_id AND s.account_id = a.account_id AND (s.expire_at IS NULL OR "
      "s.expire_at > $2) WHERE a.account_id = $1 ORDER BY s.secret_id",
      id, now);
  if (rows.empty()) return std::nullopt;
  const db::Row first = rows.front();
  StoredAccount stored{.account = Read(first, id), .tenant_epoch = first.Get<std::int64_t>("tenant_epoch"), .secret_hashes = {}};
  for (const db::Row& row : rows) {
    if (auto hash = row.Find<db::Bytes>("secret_hash")) stored.secret_hashes.push_back(std::move(hash->data));
  }
  return stored;
}

bool HasBreakGlass(db::Tx& tx, TenantId tenant) {
  return !tx.Exec("SELECT 1 FROM service_accounts WHERE tenant_id = $1 AND break_glass AND disabled_at IS NULL", tenant).empty();
}

std::optional<ServiceAccount> LockServiceAccount(db::Tx& tx, TenantId tenant, ServiceAccountId id) {
  static const std::string sql = std::string(kSelect) + "tenant_id = $1 AND account_id = $2 FOR UPDATE";
  const db::Rows rows = tx.Exec(sql, tenant, id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front(), id);
}

std::vector<ServiceAccount> ListServiceAccounts(db::Tx& tx, TenantId tenant, const PageRequest& page) {
  static const std::string sql =
      std::string(kSelect) + "tenant_id = $1 AND ($2::uuid IS NULL OR account_id > $2::uuid) ORDER BY account_id LIMIT $3";
  std::vector<ServiceAccount> accounts;
  for (const db::Row& row : tx.Exec(sql, tenant, page.after, page.size)) {
    accounts.push_back(Read(row, row.Get<ServiceAccountId>("account_id")));
  }
  return accounts;
}

void AddSecret(db::Tx& tx, const ServiceAccount& account, const Uuid& secret_id, std::string_view secret_hash, TimePoint overlap_end,
               TimePoint now) {
  tx.Exec(
      "UPDATE service_account_secrets s SET expire_at = CASE WHEN secret_id = (SELECT max(n.secret_id::text)::uuid FROM"
      " service_account_secrets n WHERE n.tenant_id = $1 AND n.account_id = $2) THEN least(coalesce(expire_at, $3), $3) ELSE $4 END"
      " WHERE tenant_id = $1 AND account_id = $2 AND (expire_at IS NULL OR expire_at > $4)",
      account.tenant, account.id, overlap_end, now);
  tx.Exec("INSERT INTO service_account_secrets (tenant_id, account_id, secret_id, secret_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
          account.tenant, account.id, secret_id, db::Bytes{std::string(secret_hash)}, now);
}

void DisableServiceAccount(db::Tx& tx, const ServiceAccount& account, TimePoint now) {
  tx.Exec("UPDATE service_accounts SET disabled_at = $3, epoch = $4 WHERE tenant_id = $1 AND account_id = $2", account.tenant, account.id,
          now, account.epoch);
}

int EndSecrets(db::Tx& tx, TenantId tenant, TimePoint now) {
  return tx
      .Exec(
          "WITH ended AS (UPDATE service_account_secrets s SET expire_at = $2 FROM service_accounts a WHERE s.tenant_id = $1"
          " AND a.tenant_id = $1 AND a.account_id = s.account_id AND NOT a.break_glass AND (s.expire_at IS NULL OR s.expire_at > $2)"
          " RETURNING s.account_id) SELECT count(DISTINCT account_id) AS accounts FROM ended",
          tenant, now)
      .front()
      .Get<int>("accounts");
}

void MarkUsed(db::Tx& tx, const ServiceAccount& account, TimePoint now) {
  tx.Exec("UPDATE service_accounts SET last_used_at = $3 WHERE tenant_id = $1 AND account_id = $2", account.tenant, account.id, now);
}

}  // namespace quittance::auth::store

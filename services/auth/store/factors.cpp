// SQL of second factors.
#include "services/auth/store/factors.h"

#include "common/core/check.h"

namespace quittance::auth::store {
namespace {

constexpr std::string_view kSelect =
    "SELECT factor_id, user_id, kind, secret_sealed, last_step, confirmed_at IS NOT NULL AS confirmed, created_at FROM factors WHERE ";

Factor Read(TenantId tenant, const db::Row& row) {
  return {.tenant = tenant,
          .id = row.Get<FactorId>("factor_id"),
          .user = row.Get<UserId>("user_id"),
          .kind = ParseFactorKind(row.Text("kind")),
          .sealed = row.Get<db::Bytes>("secret_sealed").data,
          .last_step = row.Get<std::int64_t>("last_step"),
          .confirmed = row.Get<bool>("confirmed"),
          .created = row.Get<TimePoint>("created_at")};
}

}  // namespace

void InsertFactor(db::Tx& tx, const Factor& factor) {
  tx.Exec("DELETE FROM factors WHERE tenant_id = $1 AND user_id = $2 AND kind = $3 AND confirmed_at IS NULL", factor.tenant, factor.user,
          Name(factor.kind));
  tx.Exec("INSERT INTO factors (tenant_id, factor_id, user_id, kind, secret_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
          factor.tenant, factor.id, factor.user, Name(factor.kind), db::Bytes{factor.sealed}, factor.created);
}

std::vector<Factor> FindFactors(db::Tx& tx, TenantId tenant, UserId user) {
  static const std::string sql = std::string(kSelect) + "tenant_id = $1 AND user_id = $2 ORDER BY factor_id";
  std::vector<Factor> factors;
  for (const db::Row& row : tx.Exec(sql, tenant, user)) factors.push_back(Read(tenant, row));
  return factors;
}

std::optional<Factor> LockFactor(db::Tx& tx, TenantId tenant, UserId user, FactorId id) {
  static const std::string sql = std::string(kSelect) + "tenant_id = $1 AND user_id = $2 AND factor_id = $3 FOR UPDATE";
  const db::Rows rows = tx.Exec(sql, tenant, user, id);
  if (rows.empty()) return std::nullopt;
  return Read(tenant, rows.front());
}

void ConfirmFactor(db::Tx& tx, const Factor& factor, std::int64_t step, TimePoint now) {
  const db::Rows confirmed =
      tx.Exec("UPDATE factors SET confirmed_at = $3, last_step = $4 WHERE tenant_id = $1 AND factor_id = $2 AND confirmed_at IS NULL",
              factor.tenant, factor.id, now, step);
  CHECK(confirmed.affected() == 1);  // the caller holds its lock
}

void DeleteFactor(db::Tx& tx, const Factor& factor) {
  tx.Exec("DELETE FROM factors WHERE tenant_id = $1 AND factor_id = $2", factor.tenant, factor.id);
}

bool SpendStep(db::Tx& tx, const Factor& factor, std::int64_t step) {
  return tx.Exec("UPDATE factors SET last_step = $3 WHERE tenant_id = $1 AND factor_id = $2 AND last_step < $3", factor.tenant, factor.id,
                 step)
             .affected() == 1;
}

void ReplaceRecoveryCodes(db::Tx& tx, TenantId tenant, UserId user, const std::vector<std::string>& hashes, TimePoint now) {
  tx.Exec("DELETE FROM recovery_codes WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  for (const std::string& hash : hashes) {
    tx.Exec("INSERT INTO recovery_codes (tenant_id, user_id, code_hash, created_at) VALUES ($1, $2, $3, $4)", tenant, user, db::Bytes{hash},
            now);
  }
}

int CountRecoveryCodes(db::Tx& tx, TenantId tenant, UserId user) {
  return tx.Exec("SELECT count(*) AS remaining FROM recovery_codes WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL", tenant, user)
      .front()
      .Get<int>("remaining");
}

bool SpendRecoveryCode(db::Tx& tx, TenantId tenant, UserId user, std::string_view hash, TimePoint now) {
  return tx.Exec("UPDATE recovery_codes SET used_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND code_hash = $3 AND used_at IS NULL",
                 tenant, user, db::Bytes{std::string(hash)}, now)
             .affected() == 1;
}

}  // namespace quittance::auth::store

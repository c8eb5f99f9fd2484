// SQL of proofs of an address.
#include "services/auth/store/email_tokens.h"

namespace quittance::auth::store {

void InsertEmailToken(db::Tx& tx, const EmailToken& token) {
  tx.Exec(
      "INSERT INTO email_tokens (tenant_id, token_id, user_id, secret_hash, password_hash, created_at, expire_at) VALUES ($1, $2, $3, $4, "
      "$5, $6, $7)",
      token.tenant, token.id, token.user, db::Bytes{token.secret_hash}, token.password_hash, token.created, token.expires);
}

int CountLiveEmailTokens(db::Tx& tx, TenantId tenant, UserId user, TimePoint now) {
  const db::Rows rows =
      tx.Exec("SELECT count(*) AS live FROM email_tokens WHERE tenant_id = $1 AND user_id = $2 AND used_at IS NULL AND expire_at > $3",
              tenant, user, now);
  return rows.front().Get<int>("live");
}

std::optional<EmailToken> FindEmailToken(db::Tx& tx, TenantId tenant, const Uuid& id) {
  const db::Rows rows = tx.Exec(
      "SELECT user_id, secret_hash, password_hash, created_at, expire_at, used_at IS NOT NULL AS used FROM email_tokens"
      " WHERE tenant_id = $1 AND token_id = $2",
      tenant, id);
  if (rows.empty()) return std::nullopt;
  const db::Row row = rows.front();
  return EmailToken{.tenant = tenant,
                    .id = id,
                    .user = row.Get<UserId>("user_id"),
                    .secret_hash = row.Get<db::Bytes>("secret_hash").data,
                    .password_hash = row.Get<std::string>("password_hash"),
                    .created = row.Get<TimePoint>("created_at"),
                    .expires = row.Get<TimePoint>("expire_at"),
                    .used = row.Get<bool>("used")};
}

void SpendEmailToken(db::Tx& tx, const EmailToken& token, TimePoint now) {
  tx.Exec("UPDATE email_tokens SET used_at = $3 WHERE tenant_id = $1 AND token_id = $2", token.tenant, token.id, now);
  tx.Exec("DELETE FROM email_tokens WHERE tenant_id = $1 AND user_id = $2 AND token_id <> $3", token.tenant, token.user, token.id);
}

}  // namespace quittance::auth::store

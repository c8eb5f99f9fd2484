// SQL of one-time tokens. Ids are UUIDv7: the greatest is the newest.
#include "services/auth/store/mail_tokens.h"

namespace quittance::auth::store {
namespace {

std::string_view Name(MailTokenKind kind) { return kind == MailTokenKind::kReset ? "reset" : "magic_link"; }

}  // namespace

void InsertMailToken(db::Tx& tx, const MailToken& token) {
  std::optional<db::Bytes> nonce;
  if (token.nonce_hash) nonce = db::Bytes{*token.nonce_hash};
  tx.Exec(
      "INSERT INTO mail_tokens (tenant_id, token_id, user_id, kind, secret_hash, nonce_hash, email_index, created_at, expire_at)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      token.tenant, token.id, token.user, Name(token.kind), db::Bytes{token.secret_hash}, nonce, db::Bytes{token.email_index},
      token.created, token.expires);
}

int CountMailTokens(db::Tx& tx, TenantId tenant, UserId user, MailTokenKind kind, TimePoint since) {
  return tx
      .Exec("SELECT count(*) AS sent FROM mail_tokens WHERE tenant_id = $1 AND user_id = $2 AND kind = $3 AND created_at > $4", tenant,
            user, Name(kind), since)
      .front()
      .Get<int>("sent");
}

std::optional<MailToken> FindMailToken(db::Tx& tx, TenantId tenant, const Uuid& id, MailTokenKind kind) {
  const db::Rows rows = tx.Exec(
      "SELECT user_id, secret_hash, nonce_hash, email_index, created_at, expire_at, used_at IS NULL AND NOT EXISTS (SELECT 1 FROM"
      " mail_tokens later WHERE later.tenant_id = t.tenant_id AND later.user_id = t.user_id AND later.kind = t.kind"
      " AND later.token_id > t.token_id) AS counts FROM mail_tokens t WHERE tenant_id = $1 AND token_id = $2 AND kind = $3",
      tenant, id, Name(kind));
  if (rows.empty()) return std::nullopt;
  const db::Row row = rows.front();
  MailToken token{.tenant = tenant,
                  .id = id,
                  .user = row.Get<UserId>("user_id"),
                  .kind = kind,
                  .secret_hash = row.Get<db::Bytes>("secret_hash").data,
                  .nonce_hash = std::nullopt,
                  .email_index = row.Get<db::Bytes>("email_index").data,
                  .created = row.Get<TimePoint>("created_at"),
                  .expires = row.Get<TimePoint>("expire_at"),
                  .counts = row.Get<bool>("counts")};
  if (auto nonce = row.Find<db::Bytes>("nonce_hash")) token.nonce_hash = std::move(nonce->data);
  return token;
}

bool SpendMailToken(db::Tx& tx, const MailToken& token, TimePoint now) {
  return tx.Exec("UPDATE mail_tokens SET used_at = $3 WHERE tenant_id = $1 AND token_id = $2 AND used_at IS NULL", token.tenant, token.id,
                 now)
             .affected() == 1;
}

}  // namespace quittance::auth::store

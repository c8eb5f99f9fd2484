// SQL of sessions and refresh tokens.
#include "services/auth/store/sessions.h"

#include "common/core/check.h"

namespace quittance::auth::store {
namespace {

constexpr std::string_view kColumns =
    "session_id, user_id, scopes, amr, epoch, created_at, coalesce(authenticated_at, created_at) AS authenticated_at, expire_at,"
    " revoked_at IS NOT NULL AS revoked";

FamilyToken::State ParseState(std::string_view text) {
  if (text == "active") return FamilyToken::State::kActive;
  if (text == "used") return FamilyToken::State::kUsed;
  CHECK(text == "revoked");
  return FamilyToken::State::kRevoked;
}

Session ReadSession(TenantId tenant, const db::Row& row) {
  return {.tenant = tenant,
          .id = row.Get<SessionId>("session_id"),
          .user = row.Get<UserId>("user_id"),
          .scopes = row.Get<std::vector<std::string>>("scopes"),
          .amr = row.Get<std::vector<std::string>>("amr"),
          .epoch = row.Get<std::int64_t>("epoch"),
          .created = row.Get<TimePoint>("created_at"),
          .authenticated = row.Get<TimePoint>("authenticated_at"),
          .expires = row.Get<TimePoint>("expire_at"),
          .revoked = row.Get<bool>("revoked")};
}

}  // namespace

void InsertSession(db::Tx& tx, const Session& session) {
  const auto text = [](const std::string& value) { return std::string_view(value); };
  tx.Exec(
      "INSERT INTO sessions (tenant_id, session_id, user_id, scopes, amr, epoch, created_at, authenticated_at, expire_at)"
      " VALUES ($1, $2, $3, $4::text[], $5::text[], $6, $7, $8, $9)",
      session.tenant, session.id, session.user, db::ArrayOf(session.scopes, text), db::ArrayOf(session.amr, text), session.epoch,
      session.created, session.authenticated, session.expires);
}

void InsertRefreshToken(db::Tx& tx, const Session& session, const FamilyToken& token, std::string_view secret_hash,
                        std::optional<Uuid> parent, TimePoint now) {
  CHECK(token.state == FamilyToken::State::kActive);
  tx.Exec(
      "INSERT INTO refresh_tokens (tenant_id, token_id, session_id, secret_hash, parent_id, state, created_at, expire_at)"
      " VALUES ($1, $2, $3, $4, $5, 'active', $6, $7)",
      session.tenant, token.id, session.id, db::Bytes{std::string(secret_hash)}, parent, now, token.expires);
}

std::optional<StoredToken> FindRefreshToken(db::Tx& tx, TenantId tenant, const Uuid& id) {
  const db::Rows rows = tx.Exec(
      "SELECT session_id, secret_hash, state, used_at, successor_id, expire_at FROM refresh_tokens WHERE tenant_id = $1 AND token_id = $2",
      tenant, id);
  if (rows.empty()) return std::nullopt;
  const db::Row row = rows.front();
  return StoredToken{{.id = id,
                      .state = ParseState(row.Text("state")),
                      .used = row.Find<TimePoint>("used_at"),
                      .successor = row.Find<Uuid>("successor_id"),
                      .expires = row.Get<TimePoint>("expire_at")},
                     row.Get<SessionId>("session_id"),
                     row.Get<db::Bytes>("secret_hash").data};
}

std::optional<Session> LockSession(db::Tx& tx, TenantId tenant, SessionId id) {
  static const std::string sql = "SELECT " + std::string(kColumns) + " FROM sessions WHERE tenant_id = $1 AND session_id = $2 FOR UPDATE";
  const db::Rows rows = tx.Exec(sql, tenant, id);
  if (rows.empty()) return std::nullopt;
  return ReadSession(tenant, rows.front());
}

void SpendRefreshToken(db::Tx& tx, TenantId tenant, const Uuid& id, const Uuid& successor, TimePoint now) {
  const db::Rows spent = tx.Exec(
      "UPDATE refresh_tokens SET state = 'used', used_at = $4, successor_id = $3 WHERE tenant_id = $1 AND token_id = $2 AND state = "
      "'active'",
      tenant, id, successor, now);
  CHECK(spent.affected() == 1);
}

std::vector<Session> LockSessionsBeyond(db::Tx& tx, TenantId tenant, UserId user, int keep, TimePoint now) {
  static const std::string sql =
      "SELECT " + std::string(kColumns) +
      " FROM sessions WHERE tenant_id = $1 AND session_id IN (SELECT session_id FROM sessions WHERE tenant_id = $1 AND user_id = $2"
      " AND revoked_at IS NULL AND expire_at > $4 ORDER BY session_id DESC OFFSET $3) ORDER BY session_id FOR UPDATE";
  std::vector<Session> beyond;
  for (const db::Row& row : tx.Exec(sql, tenant, user, keep, now)) {
    Session session = ReadSession(tenant, row);
    if (!session.revoked) beyond.push_back(std::move(session));
  }
  return beyond;
}

std::vector<StoredSession> FindSessions(db::Tx& tx, TenantId tenant, UserId user, const PageRequest& page, TimePoint now) {
  static const std::string sql =
      "SELECT " + std::string(kColumns) +
      ", (SELECT max(t.created_at) FROM refresh_tokens t WHERE t.tenant_id = s.tenant_id AND t.session_id = s.session_id) AS used_at"
      " FROM sessions s WHERE tenant_id = $1 AND user_id = $2 AND revoked_at IS NULL AND expire_at > $3"
      " AND epoch >= (SELECT greatest(u.epoch, t.epoch) FROM users u JOIN tenants t USING (tenant_id)"
      " WHERE u.tenant_id = $1 AND u.user_id = $2)"
      " AND ($4::uuid IS NULL OR session_id < $4::uuid) ORDER BY session_id DESC LIMIT $5";
  std::vector<StoredSession> found;
  for (const db::Row& row : tx.Exec(sql, tenant, user, now, page.after, page.size)) {
    Session session = ReadSession(tenant, row);
    const TimePoint used = row.Find<TimePoint>("used_at").value_or(session.created);
    found.push_back({std::move(session), used});
  }
  return found;
}

void InsertRevocation(db::Tx& tx, const Revocation& revocation, const Uuid& id, TimePoint now) {
  tx.Exec(
      "INSERT INTO revocations (tenant_id, id, subject, session_id, min_epoch, expire_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
      revocation.tenant, id, revocation.subject, revocation.session, revocation.min_epoch, revocation.expires, now);
}

void RevokeSession(db::Tx& tx, const Session& session, std::string_view reason, const Revocation& revocation, const Uuid& id,
                   TimePoint now) {
  CHECK(revocation.session == session.id && !session.revoked);
  tx.Exec("UPDATE sessions SET revoked_at = $3, revoke_reason = $4 WHERE tenant_id = $1 AND session_id = $2", session.tenant, session.id,
          now, reason);
  tx.Exec("UPDATE refresh_tokens SET state = 'revoked' WHERE tenant_id = $1 AND session_id = $2 AND state = 'active'", session.tenant,
          session.id);
  InsertRevocation(tx, revocation, id, now);
}

}  // namespace quittance::auth::store

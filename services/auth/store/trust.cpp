// SQL of the trust poll. The cursor is the oldest transaction that was still running (pg_snapshot_xmin): rows are stamped with the id of
// the transaction that wrote them, so whatever was not visible yet is at or above it and comes with the next poll, some of it twice.
#include "services/auth/store/trust.h"

#include <algorithm>

namespace quittance::auth::store {
namespace {

constexpr std::size_t kCursorDigitsMax = 19;

Revocation ReadRevocation(const db::Row& row) {
  return {.tenant = row.Get<TenantId>("tenant_id"),
          .subject = row.Get<std::string>("subject"),
          .session = row.Find<SessionId>("session_id"),
          .min_epoch = row.Find<std::int64_t>("min_epoch"),
          .expires = row.Get<TimePoint>("expire_at")};
}

}  // namespace

bool InsertSigningKey(db::Tx& tx, const SigningKey& key) {
  const db::Rows rows = tx.Exec(
      "INSERT INTO signing_keys (kid, algorithm, public_key, private_key, state, created_at) VALUES ($1, 'ES256', $2, $3, $5, $4)"
      " ON CONFLICT DO NOTHING",
      key.kid, db::Bytes{key.public_key}, db::Bytes{key.sealed_private_key}, key.created, Name(key.state));
  return rows.affected() == 1;
}

std::vector<SigningKey> FindSigningKeys(db::Tx& tx) {
  std::vector<SigningKey> keys;
  for (const db::Row& row :
       tx.Exec("SELECT kid, public_key, private_key, state, created_at, retired_at FROM signing_keys ORDER BY created_at DESC, kid")) {
    keys.push_back({.kid = row.Get<std::string>("kid"),
                    .public_key = row.Get<db::Bytes>("public_key").data,
                    .sealed_private_key = row.Get<db::Bytes>("private_key").data,
                    .state = ParseKeyState(row.Text("state")),
                    .created = row.Get<TimePoint>("created_at"),
                    .retired = row.Find<TimePoint>("retired_at")});
  }
  return keys;
}

void LockSigningKeys(db::Tx& tx) { tx.Exec("SELECT pg_advisory_xact_lock(hashtext('signing_keys'))"); }

void ActivateSigningKey(db::Tx& tx, const std::string& kid, TimePoint now) {
  tx.Exec("UPDATE signing_keys SET state = 'retired', retired_at = $1 WHERE state = 'active'", now);
  tx.Exec("UPDATE signing_keys SET state = 'active', activated_at = $2 WHERE kid = $1 AND state = 'staged'", kid, now);
}

void DeleteRetiredKeys(db::Tx& tx) { tx.Exec("DELETE FROM signing_keys WHERE state = 'retired'"); }

bool IsCursor(std::string_view text) {
  return text.empty() ||
         (text.size() <= kCursorDigitsMax && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}

Changes FindChanges(db::Tx& tx, const std::string& cursor, TimePoint now) {
  // A cursor from the future belongs to a database that was replaced by an older copy.
  const db::Rows snapshot = tx.Exec(
      "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS next,"
      " CASE WHEN $1::text = '' OR $1::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) THEN '0' ELSE $1::text END AS since",
      cursor);
  Changes changes{.cursor = snapshot.front().Get<std::string>("next"), .revocations = {}, .tenants = {}};
  const std::string since = snapshot.front().Get<std::string>("since");
  for (const db::Row& row : tx.Exec(
           "SELECT tenant_id, subject, session_id, min_epoch, expire_at FROM revocations WHERE changed_by >= $1::xid8 AND expire_at > $2",
           since, now)) {
    changes.revocations.push_back(ReadRevocation(row));
  }
  for (const db::Row& row :
       tx.Exec("SELECT tenant_id, code, display_name, locale, time_zone, maintenance, allowed_origins, calls_per_minute FROM tenants"
               " WHERE changed_by >= $1::xid8 ORDER BY code",
               since)) {
    changes.tenants.push_back({.id = row.Get<TenantId>("tenant_id"),
                               .code = row.Get<std::string>("code"),
                               .display_name = row.Get<std::string>("display_name"),
                               .locale = row.Get<std::string>("locale"),
                               .time_zone = row.Get<std::string>("time_zone"),
                               .maintenance = row.Get<bool>("maintenance"),
                               .allowed_origins = row.Get<std::vector<std::string>>("allowed_origins"),
                               .calls_per_minute = row.Find<int>("calls_per_minute")});
  }
  return changes;
}

}  // namespace quittance::auth::store

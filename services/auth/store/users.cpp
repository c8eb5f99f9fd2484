// SQL of users. Roles come as one array, so that a user is one row.
#include "services/auth/store/users.h"

#include "common/core/check.h"
#include "common/events/outbox.h"
#include "services/auth/domain/scopes.h"

namespace quittance::auth::store {
namespace {

constexpr std::string_view kFacts =
    "SELECT u.tenant_id, u.user_id, u.status, u.locale, u.email_verified_at IS NOT NULL AS verified, u.epoch, u.version, u.created_at, "
    "u.updated_at, u.password_hash, u.email_sealed, u.phone_sealed, u.external_id_sealed, u.email_index, u.external_id_index, ARRAY(SELECT "
    "r.role FROM user_roles r WHERE r.tenant_id = u.tenant_id AND r.user_id = u.user_id ORDER BY r.role)::text[] AS roles, (SELECT "
    "k.wrapped_key FROM user_keys k WHERE k.tenant_id = u.tenant_id AND k.user_id = u.user_id) AS wrapped_key FROM users u WHERE ";

std::string Select(std::string_view condition) { return std::string(kFacts) + std::string(condition); }

std::optional<std::string> FindBytes(const db::Row& row, std::string_view column) {
  auto bytes = row.Find<db::Bytes>(column);
  if (!bytes) return std::nullopt;
  return std::move(bytes->data);
}

std::optional<db::Bytes> AsBytes(const std::optional<std::string>& data) {
  if (!data) return std::nullopt;
  return db::Bytes{*data};
}

UserFacts ReadFacts(const db::Row& row) {
  return {.tenant = row.Get<TenantId>("tenant_id"),
          .id = row.Get<UserId>("user_id"),
          .status = ParseUserStatus(row.Text("status")),
          .locale = row.Get<std::string>("locale"),
          .email_verified = row.Get<bool>("verified"),
          .roles = row.Get<std::vector<std::string>>("roles"),
          .epoch = row.Get<std::int64_t>("epoch"),
          .version = row.Get<std::int64_t>("version"),
          .created = row.Get<TimePoint>("created_at"),
          .updated = row.Get<TimePoint>("updated_at")};
}

StoredUser ReadUser(const db::Row& row) {
  return {ReadFacts(row),
          {.wrapped_key = FindBytes(row, "wrapped_key").value_or(""),
           .email = FindBytes(row, "email_sealed"),
           .phone = FindBytes(row, "phone_sealed"),
           .external_id = FindBytes(row, "external_id_sealed"),
           .email_index = FindBytes(row, "email_index"),
           .external_id_index = FindBytes(row, "external_id_index")}};
}

std::optional<LoginUser> ReadLogin(const db::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return LoginUser{ReadFacts(rows.front()), rows.front().Find<std::string>("password_hash")};
}

// Which of the two unique values another user has; the insert that conflicted does not say.
Taken WhichIsTaken(db::Tx& tx, TenantId tenant, const SealedPersonal& personal) {
  if (personal.external_id_index) {
    const db::Rows rows =
        tx.Exec("SELECT 1 FROM users WHERE tenant_id = $1 AND external_id_index = $2", tenant, AsBytes(personal.external_id_index));
    if (!rows.empty()) return Taken::kExternalId;
  }
  return Taken::kEmail;
}

}  // namespace

Taken InsertUser(db::Tx& tx, const UserFacts& user, const SealedPersonal& personal, const quittance::events::Event& event) {
  const db::Rows inserted = tx.Exec(
      "INSERT INTO users (tenant_id, user_id, status, locale, email_sealed, email_index, phone_sealed, external_id_sealed, "
      "external_id_index,"
      " version, created_at, updated_at) VALUES ($1, $2, 'active', $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING",
      user.tenant, user.id, user.locale, AsBytes(personal.email), AsBytes(personal.email_index), AsBytes(personal.phone),
      AsBytes(personal.external_id), AsBytes(personal.external_id_index), user.version, user.created);
  if (inserted.affected() == 0) return WhichIsTaken(tx, user.tenant, personal);
  tx.Exec("INSERT INTO user_keys (tenant_id, user_id, wrapped_key, created_at) VALUES ($1, $2, $3, $4)", user.tenant, user.id,
          db::Bytes{personal.wrapped_key}, user.created);
  for (const std::string& role : user.roles) {
    tx.Exec("INSERT INTO user_roles (tenant_id, user_id, role) VALUES ($1, $2, $3)", user.tenant, user.id, role);
  }
  quittance::events::AppendToOutbox(tx, event);
  return Taken::kNothing;
}

std::optional<StoredUser> FindUser(db::Tx& tx, TenantId tenant, UserId user) {
  static const std::string sql = Select("u.tenant_id = $1 AND u.user_id = $2");
  const db::Rows rows = tx.Exec(sql, tenant, user);
  if (rows.empty()) return std::nullopt;
  return ReadUser(rows.front());
}

std::vector<StoredUser> FindUsers(db::Tx& tx, TenantId tenant, std::span<const UserId> users) {
  static const std::string sql = Select("u.tenant_id = $1 AND u.user_id = ANY($2::uuid[])");
  std::vector<StoredUser> found;
  for (const db::Row& row : tx.Exec(sql, tenant, db::ArrayOf(users, [](const UserId& id) { return id; }))) found.push_back(ReadUser(row));
  return found;
}

std::vector<StoredUser> ListUsers(db::Tx& tx, TenantId tenant, const UserFilter& filter, const PageRequest& page) {
  static const std::string sql = Select(
      "u.tenant_id = $1 AND ($2::bytea = '' OR u.email_index = $2) AND ($3::bytea = '' OR u.external_id_index = $3)"
      " AND ($4::uuid IS NULL OR u.user_id > $4::uuid) ORDER BY u.user_id LIMIT $5");
  std::vector<StoredUser> found;
  for (const db::Row& row :
       tx.Exec(sql, tenant, db::Bytes{filter.email_index}, db::Bytes{filter.external_id_index}, page.after, page.size)) {
    found.push_back(ReadUser(row));
  }
  return found;
}

std::optional<std::string> FindUserKey(db::Tx& tx, TenantId tenant, UserId user) {
  const db::Rows rows = tx.Exec("SELECT wrapped_key FROM user_keys WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  if (rows.empty()) return std::nullopt;
  return FindBytes(rows.front(), "wrapped_key");
}

std::optional<LoginUser> FindLogin(db::Tx& tx, TenantId tenant, std::string_view email_index) {
  static const std::string sql = Select("u.tenant_id = $1 AND u.email_index = $2");
  return ReadLogin(tx.Exec(sql, tenant, db::Bytes{std::string(email_index)}));
}

std::optional<LoginUser> FindLoginById(db::Tx& tx, TenantId tenant, UserId user) {
  static const std::string sql = Select("u.tenant_id = $1 AND u.user_id = $2");
  return ReadLogin(tx.Exec(sql, tenant, user));
}

std::optional<LoginUser> LockUser(db::Tx& tx, TenantId tenant, UserId user) {
  static const std::string sql = Select("u.tenant_id = $1 AND u.user_id = $2 FOR UPDATE OF u");
  return ReadLogin(tx.Exec(sql, tenant, user));
}

std::optional<LoginUser> LockLogin(db::Tx& tx, TenantId tenant, std::string_view email_index) {
  static const std::string sql = Select("u.tenant_id = $1 AND u.email_index = $2 FOR UPDATE OF u");
  return ReadLogin(tx.Exec(sql, tenant, db::Bytes{std::string(email_index)}));
}

void SaveUser(db::Tx& tx, const UserFacts& user, const quittance::events::Event& event) {
  const db::Rows saved = tx.Exec(
      "UPDATE users SET version = $3, updated_at = $4, status = $5, locale = $6, epoch = $7"
      " WHERE tenant_id = $1 AND user_id = $2 AND version = $3 - 1",
      user.tenant, user.id, user.version, user.updated, Name(user.status), user.locale, user.epoch);
  CHECK(saved.affected() == 1);
  quittance::events::AppendToOutbox(tx, event);
}

void SaveVerifiedUser(db::Tx& tx, const UserFacts& user, std::string_view password_hash, const quittance::events::Event& event) {
  CHECK(user.email_verified);
  tx.Exec("UPDATE users SET email_verified_at = $3, password_hash = $4 WHERE tenant_id = $1 AND user_id = $2", user.tenant, user.id,
          user.updated, password_hash);
  SaveUser(tx, user, event);
}

void MarkVerified(db::Tx& tx, TenantId tenant, UserId user, TimePoint now) {
  tx.Exec("UPDATE users SET email_verified_at = $3 WHERE tenant_id = $1 AND user_id = $2", tenant, user, now);
}

void EraseUser(db::Tx& tx, TenantId tenant, UserId user) {
  for (const char* table : {"user_keys", "email_tokens", "mail_tokens", "devices", "identities", "sms_codes", "factors", "recovery_codes",
                            "challenges", "user_roles"}) {
    tx.Exec("DELETE FROM " + std::string(table) + " WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  }
  tx.Exec(
      "UPDATE users SET email_sealed = NULL, email_index = NULL, email_verified_at = NULL, phone_sealed = NULL, external_id_sealed = NULL,"
      " external_id_index = NULL, password_hash = NULL WHERE tenant_id = $1 AND user_id = $2",
      tenant, user);
}

void PutPasswordHash(db::Tx& tx, TenantId tenant, UserId user, std::string_view hash) {
  tx.Exec("UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND user_id = $2", tenant, user, hash);
}

void PutPhone(db::Tx& tx, TenantId tenant, UserId user, const std::optional<std::string>& sealed) {
  tx.Exec("UPDATE users SET phone_sealed = $3 WHERE tenant_id = $1 AND user_id = $2", tenant, user, AsBytes(sealed));
}

void ReplacePasswordHash(db::Tx& tx, TenantId tenant, UserId user, std::string_view old_hash, std::string_view new_hash) {
  tx.Exec("UPDATE users SET password_hash = $4 WHERE tenant_id = $1 AND user_id = $2 AND password_hash = $3", tenant, user, old_hash,
          new_hash);
}

std::vector<std::string> FindUserScopes(db::Tx& tx, TenantId tenant, UserId user) {
  std::vector<std::string> scopes;
  const db::Rows rows = tx.Exec(
      "SELECT s.scope FROM user_roles r JOIN role_scopes s ON s.tenant_id = r.tenant_id AND s.role = r.role"
      " WHERE r.tenant_id = $1 AND r.user_id = $2 GROUP BY s.scope ORDER BY s.scope COLLATE \"C\"",
      tenant, user);
  for (const db::Row& row : rows) scopes.push_back(row.Get<std::string>("scope"));
  return scopes;
}

}  // namespace quittance::auth::store

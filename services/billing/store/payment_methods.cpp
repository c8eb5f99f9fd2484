// SQL of payment methods.
#include "services/billing/store/payment_methods.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kColumns =
    "id, user_id, connection, psp, kind, brand, last_four, expiry_year, expiry_month, is_default, create_time, update_time";

PaymentMethod Read(const db::Row& row) {
  PaymentMethod method{.id = row.Get<PaymentMethodId>("id"),
                       .user = row.Get<UserId>("user_id"),
                       .connection = row.Get<std::string>("connection"),
                       .psp = row.Get<std::string>("psp"),
                       .kind = row.Get<std::string>("kind"),
                       .brand = row.Get<std::string>("brand"),
                       .last_four = row.Get<std::string>("last_four"),
                       .expiry = std::nullopt,
                       .is_default = row.Get<bool>("is_default"),
                       .create_time = row.Get<TimePoint>("create_time"),
                       .update_time = row.Get<TimePoint>("update_time")};
  if (const auto year = row.Find<int>("expiry_year")) method.expiry = Expiry{*year, row.Get<int>("expiry_month")};
  return method;
}

std::optional<PaymentMethod> FindOne(db::Tx& tx, MethodKey key, std::string_view locking) {
  const auto rows = tx.Exec(
      "SELECT " + std::string(kColumns) + " FROM payment_methods WHERE tenant_id = $1 AND id = $2 AND NOT deleted" + std::string(locking),
      key.tenant, key.id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

}  // namespace

bool InsertMethod(db::Tx& tx, const NewMethod& added) {
  const auto& method = added.method;
  std::optional<int> year, month;
  if (method.expiry) year = method.expiry->year, month = method.expiry->month;
  const auto rows = tx.Exec(
      "INSERT INTO payment_methods (tenant_id, id, user_id, connection, psp, token, fingerprint, kind, brand, last_four, expiry_year, "
      "expiry_month, is_default, create_time, update_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, false, $13, $13) "
      "ON CONFLICT (tenant_id, user_id, fingerprint) WHERE NOT deleted DO NOTHING RETURNING id",
      added.tenant, method.id, method.user, method.connection, method.psp, db::Bytes{added.sealed_token}, db::Bytes{added.fingerprint},
      method.kind, method.brand, method.last_four, year, month, method.create_time);
  return !rows.empty();
}

std::optional<PaymentMethod> FindMethod(db::Tx& tx, MethodKey key) { return FindOne(tx, key, ""); }
std::optional<PaymentMethod> LockMethod(db::Tx& tx, MethodKey key) { return FindOne(tx, key, " FOR UPDATE"); }

std::string SealedToken(db::Tx& tx, MethodKey key) {
  const auto rows = tx.Exec("SELECT token FROM payment_methods WHERE tenant_id = $1 AND id = $2 AND NOT deleted", key.tenant, key.id);
  CHECK(!rows.empty());
  return rows.front().Get<db::Bytes>("token").data;
}

std::optional<std::string> AnyToken(db::Tx& tx, MethodKey key) {
  const auto rows = tx.Exec(
      "SELECT coalesce(token, sealed_tell) AS token FROM payment_methods WHERE tenant_id = $1 AND id = $2 AND coalesce(token, sealed_tell) "
      "IS NOT NULL",
      key.tenant, key.id);
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<db::Bytes>("token").data;
}

std::optional<PaymentMethodId> MethodWith(db::Tx& tx, TenantId tenant, UserId user, const std::string& fingerprint) {
  const auto rows = tx.Exec("SELECT id FROM payment_methods WHERE tenant_id = $1 AND user_id = $2 AND fingerprint = $3 AND NOT deleted",
                            tenant, user, db::Bytes{fingerprint});
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<PaymentMethodId>("id");
}

std::vector<PaymentMethod> ListMethods(db::Tx& tx, const MethodFilter& filter, const PageRequest& page) {
  const auto rows = tx.Exec("SELECT " + std::string(kColumns) +
                                " FROM payment_methods WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND NOT deleted AND "
                                "($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
                            filter.tenant, filter.user, page.after, page.size);
  std::vector<PaymentMethod> list;
  for (const auto& row : rows) list.push_back(Read(row));
  return list;
}

void LockMethodsOf(db::Tx& tx, TenantId tenant, UserId user) {
  tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended('payment_methods', 0) # hashtextextended($1::uuid::text || $2::uuid::text, 1))",
          tenant, user);
}

bool HasMethods(db::Tx& tx, TenantId tenant, UserId user) {
  return !tx.Exec("SELECT 1 FROM payment_methods WHERE tenant_id = $1 AND user_id = $2 AND NOT deleted LIMIT 1", tenant, user).empty();
}

void SetDefaultMethod(db::Tx& tx, MethodKey key, UserId user, TimePoint now) {
  tx.Exec(
      "UPDATE payment_methods SET is_default = false, update_time = $4 WHERE tenant_id = $1 AND user_id = $2 AND is_default AND id <> $3",
      key.tenant, user, key.id, now);
  tx.Exec("UPDATE payment_methods SET is_default = true, update_time = $3 WHERE tenant_id = $1 AND id = $2", key.tenant, key.id, now);
}

void DeleteMethod(db::Tx& tx, MethodKey key, TimePoint tell_at) {
  tx.Exec(
      "UPDATE payment_methods SET deleted = true, is_default = false, sealed_tell = token, token = NULL, tell_at = $3, update_time = $3 "
      "WHERE tenant_id = $1 AND id = $2",
      key.tenant, key.id, tell_at);
}

// Not while an attempt that takes it to its PSP has no answer yet: whoever calls again needs the token.
std::vector<DueTell> ClaimTells(db::Tx& tx, TimePoint now, TimePoint again_at, int limit) {
  std::vector<DueTell> due;
  const auto rows = tx.Exec(
      "WITH due AS MATERIALIZED (SELECT tenant_id, id FROM payment_methods p WHERE tell_at <= $1 AND NOT EXISTS (SELECT 1 FROM "
      "payment_attempts a WHERE a.tenant_id = p.tenant_id AND a.payment_method_id = p.id AND (a.status = 'created' OR a.unknown)) ORDER BY "
      "tell_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) UPDATE payment_methods m SET tell_at = $2, tells = tells + 1 FROM due WHERE "
      "m.tenant_id = due.tenant_id AND m.id = due.id RETURNING m.tenant_id, m.id, m.connection, m.sealed_tell, m.tells",
      now, again_at, limit);
  for (const auto& row : rows) {
    due.push_back({{row.Get<TenantId>("tenant_id"), row.Get<PaymentMethodId>("id")},
                   row.Get<std::string>("connection"),
                   row.Get<db::Bytes>("sealed_tell").data,
                   row.Get<int>("tells")});
  }
  return due;
}

void EndTell(db::Tx& tx, MethodKey key) {
  tx.Exec("UPDATE payment_methods SET tell_at = NULL, sealed_tell = NULL WHERE tenant_id = $1 AND id = $2", key.tenant, key.id);
}

void SetTell(db::Tx& tx, MethodKey key, TimePoint at) {
  tx.Exec("UPDATE payment_methods SET tell_at = $3 WHERE tenant_id = $1 AND id = $2", key.tenant, key.id, at);
}

}  // namespace quittance::billing::store

// SQL of the users projection.
#include "services/subscriptions/store/users.h"

namespace quittance::subscriptions::store {

int UpsertUsers(db::Tx& tx, std::span<const KnownUser> users) {
  if (users.empty()) return 0;
  const auto column = [&](auto get) { return db::ArrayOf(users, get); };
  const auto rows = tx.Exec(
      "INSERT INTO users (tenant_id, user_id, locale, status, version) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], "
      "$4::text[], $5::bigint[]) ON CONFLICT (tenant_id, user_id) DO UPDATE SET locale = excluded.locale, status = excluded.status, "
      "version = excluded.version WHERE users.version < excluded.version",
      column([](const KnownUser& u) { return u.tenant; }), column([](const KnownUser& u) { return u.user; }),
      column([](const KnownUser& u) { return u.locale; }), column([](const KnownUser& u) { return u.status; }),
      column([](const KnownUser& u) { return u.version; }));
  return rows.affected();
}

std::optional<KnownUser> FindUser(db::Tx& tx, TenantId tenant, UserId user) {
  const auto rows = tx.Exec("SELECT locale, status, version FROM users WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  if (rows.empty()) return std::nullopt;
  const auto row = rows.front();
  return KnownUser{tenant, user, row.Get<std::string>("locale"), row.Get<std::string>("status"), row.Get<std::int64_t>("version")};
}

}  // namespace quittance::subscriptions::store

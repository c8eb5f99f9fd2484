// SQL of the users projection.
#include "services/subscriptions/store/users.h"

namespace quittance::subscriptions::store {

bool UpsertUser(db::Tx& tx, const KnownUser& user) {
  const auto rows = tx.Exec(
      "INSERT INTO users (tenant_id, user_id, locale, status, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, user_id) DO "
      "UPDATE SET locale = excluded.locale, status = excluded.status, version = excluded.version WHERE users.version < excluded.version",
      user.tenant, user.user, user.locale, user.status, user.version);
  return rows.affected() == 1;
}

std::optional<KnownUser> FindUser(db::Tx& tx, TenantId tenant, UserId user) {
  const auto rows = tx.Exec("SELECT locale, status, version FROM users WHERE tenant_id = $1 AND user_id = $2", tenant, user);
  if (rows.empty()) return std::nullopt;
  const auto row = rows.front();
  return KnownUser{tenant, user, row.Get<std::string>("locale"), row.Get<std::string>("status"), row.Get<std::int64_t>("version")};
}

}  // namespace quittance::subscriptions::store

// SQL of identities.
#include "services/auth/store/identities.h"

namespace quittance::auth::store {

std::optional<UserId> FindIdentity(db::Tx& tx, TenantId tenant, std::string_view subject_index) {
  const db::Rows rows =
      tx.Exec("SELECT user_id FROM identities WHERE tenant_id = $1 AND subject_index = $2", tenant, db::Bytes{std::string(subject_index)});
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<UserId>("user_id");
}

std::vector<Identity> FindIdentities(db::Tx& tx, TenantId tenant, UserId user) {
  std::vector<Identity> found;
  for (const auto row :
       tx.Exec("SELECT provider, created_at FROM identities WHERE tenant_id = $1 AND user_id = $2 ORDER BY created_at", tenant, user))
    found.push_back({row.Get<std::string>("provider"), row.Get<TimePoint>("created_at")});
  return found;
}

bool InsertIdentity(db::Tx& tx, TenantId tenant, std::string_view subject_index, UserId user, std::string_view provider, TimePoint now) {
  return tx.Exec(
               "INSERT INTO identities (tenant_id, subject_index, user_id, provider, created_at) VALUES ($1, $2, $3, $4, $5) "
               "ON CONFLICT DO NOTHING",
               tenant, db::Bytes{std::string(subject_index)}, user, provider, now)
             .affected() == 1;
}

}  // namespace quittance::auth::store

// SQL of erasure. The index users_erased makes the sweep cheap: few people are erased.
#include "services/subscriptions/store/erasure.h"

namespace quittance::subscriptions::store {

int ForgetLinks(db::Tx& tx, TenantId tenant, UserId user) {
  const int requests = tx.Exec(
                             "DELETE FROM telegram_join_requests WHERE tenant_id = $1 AND account_index IN (SELECT account_index FROM "
                             "telegram_accounts WHERE "
                             "tenant_id = $1 AND user_id = $2)",
                             tenant, user)
                           .affected();
  const int tokens = tx.Exec("DELETE FROM telegram_link_tokens WHERE tenant_id = $1 AND user_id = $2", tenant, user).affected();
  const int links = tx.Exec("DELETE FROM telegram_accounts WHERE tenant_id = $1 AND user_id = $2", tenant, user).affected();
  return requests + tokens + links;
}

std::vector<ForgottenMember> ForgetAccountsOfErased(db::Tx& tx, int limit) {
  std::vector<ForgottenMember> forgotten;
  for (const auto row :
       tx.Exec("WITH due AS MATERIALIZED (SELECT m.tenant_id, m.id FROM users u JOIN memberships m ON m.tenant_id = u.tenant_id AND "
               "m.user_id = u.user_id WHERE u.status = 'erased' AND m.account IS NOT NULL AND NOT m.inside LIMIT $1 FOR UPDATE OF m SKIP "
               "LOCKED) UPDATE memberships m SET account = NULL, account_index = NULL FROM due WHERE m.tenant_id = due.tenant_id AND m.id "
               "= due.id RETURNING m.tenant_id, m.id",
               limit)) {
    forgotten.push_back({row.Get<TenantId>("tenant_id"), row.Get<MembershipId>("id")});
  }
  return forgotten;
}

}  // namespace quittance::subscriptions::store

// SQL of challenges.
#include "services/auth/store/challenges.h"

namespace quittance::auth::store {

void InsertChallenge(db::Tx& tx, const Challenge& challenge) {
  tx.Exec(
      "INSERT INTO challenges (tenant_id, challenge_id, user_id, secret_hash, amr, epoch, device_id, created_at, expire_at)"
      " VALUES ($1, $2, $3, $4, $5::text[], $6, $7, $8, $9)",
      challenge.tenant, challenge.id, challenge.user, db::Bytes{challenge.secret_hash},
      db::ArrayOf(challenge.amr, [](const std::string& method) { return std::string_view(method); }), challenge.epoch, challenge.device,
      challenge.created, challenge.expires);
}

std::optional<Challenge> LockChallenge(db::Tx& tx, TenantId tenant, const Uuid& id) {
  const db::Rows rows = tx.Exec(
      "SELECT user_id, secret_hash, amr, epoch, device_id, tries, done_at IS NOT NULL AS done, created_at, expire_at FROM challenges"
      " WHERE tenant_id = $1 AND challenge_id = $2 FOR UPDATE",
      tenant, id);
  if (rows.empty()) return std::nullopt;
  const db::Row row = rows.front();
  return Challenge{.tenant = tenant,
                   .id = id,
                   .user = row.Get<UserId>("user_id"),
                   .secret_hash = row.Get<db::Bytes>("secret_hash").data,
                   .amr = row.Get<std::vector<std::string>>("amr"),
                   .epoch = row.Get<std::int64_t>("epoch"),
                   .device = row.Find<Uuid>("device_id"),
                   .tries = row.Get<int>("tries"),
                   .done = row.Get<bool>("done"),
                   .created = row.Get<TimePoint>("created_at"),
                   .expires = row.Get<TimePoint>("expire_at")};
}

void CountChallengeTry(db::Tx& tx, const Challenge& challenge) {
  tx.Exec("UPDATE challenges SET tries = tries + 1 WHERE tenant_id = $1 AND challenge_id = $2", challenge.tenant, challenge.id);
}

void FinishChallenge(db::Tx& tx, const Challenge& challenge, TimePoint now) {
  tx.Exec("UPDATE challenges SET done_at = $3 WHERE tenant_id = $1 AND challenge_id = $2", challenge.tenant, challenge.id, now);
}

}  // namespace quittance::auth::store

// SQL of login_throttles. The upsert that changes nothing takes the row's lock, whether or not the row was there.
#include "services/auth/store/throttles.h"

namespace quittance::auth::store {

ThrottleVerdict TakeTry(db::Tx& tx, TenantId tenant, std::string_view bucket, const ThrottlePolicy& policy, TimePoint now) {
  const db::Bytes key{std::string(bucket)};
  const db::Rows rows = tx.Exec(
      "INSERT INTO login_throttles (tenant_id, bucket, failures, open_at, forget_at) VALUES ($1, $2, 0, $3, $3)"
      " ON CONFLICT (tenant_id, bucket) DO UPDATE SET failures = login_throttles.failures RETURNING failures, open_at, forget_at",
      tenant, key, now);
  const db::Row row = rows.front();
  const Throttle before{row.Get<int>("failures"), row.Get<TimePoint>("open_at"), row.Get<TimePoint>("forget_at")};
  const ThrottleVerdict verdict = CountTry(before, policy, now);
  tx.Exec("UPDATE login_throttles SET failures = $3, open_at = $4, forget_at = $5 WHERE tenant_id = $1 AND bucket = $2", tenant, key,
          verdict.after.failures, verdict.after.open, verdict.after.forget);
  return verdict;
}

void ReturnTry(db::Tx& tx, TenantId tenant, std::string_view bucket, const ThrottleVerdict& taken, const ThrottlePolicy& policy) {
  const bool counted = taken.after.failures != taken.before.failures;
  if (!counted) return;
  const db::Bytes key{std::string(bucket)};
  const bool undone =
      tx.Exec(
            "UPDATE login_throttles SET failures = $5, open_at = $6, forget_at = $7"
            " WHERE tenant_id = $1 AND bucket = $2 AND failures = $3 AND open_at = $4",
            tenant, key, taken.after.failures, taken.after.open, taken.before.failures, taken.before.open, taken.before.forget)
          .affected() == 1;
  if (undone) return;
  tx.Exec("UPDATE login_throttles SET failures = failures - 1 WHERE tenant_id = $1 AND bucket = $2 AND failures BETWEEN 1 AND $3", tenant,
          key, policy.lock_from - 1);
}

void ForgetTries(db::Tx& tx, TenantId tenant, std::string_view bucket) {
  tx.Exec("DELETE FROM login_throttles WHERE tenant_id = $1 AND bucket = $2", tenant, db::Bytes{std::string(bucket)});
}

}  // namespace quittance::auth::store

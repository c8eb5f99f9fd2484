// SQL of sms_codes.
#include "services/auth/store/sms_codes.h"

namespace quittance::auth::store {

void InsertSmsCode(db::Tx& tx, const SmsCode& code) {
  tx.Exec(
      "INSERT INTO sms_codes (tenant_id, code_id, user_id, factor_id, challenge_id, code_hash, created_at, expire_at)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      code.tenant, code.id, code.user, code.factor, code.challenge, db::Bytes{code.code_hash}, code.created, code.expires);
}

int CountSmsCodes(db::Tx& tx, TenantId tenant, UserId user, TimePoint since) {
  return tx.Exec("SELECT count(*) AS sent FROM sms_codes WHERE tenant_id = $1 AND user_id = $2 AND created_at > $3", tenant, user, since)
      .front()
      .Get<int>("sent");
}

std::optional<SmsCode> LockSmsCode(db::Tx& tx, TenantId tenant, UserId user, FactorId factor, const std::optional<Uuid>& challenge) {
  const db::Rows rows = tx.Exec(
      "SELECT code_id, challenge_id, code_hash, tries, created_at, expire_at, used_at IS NOT NULL AS used FROM sms_codes"
      " WHERE tenant_id = $1 AND user_id = $2 AND factor_id = $3 ORDER BY created_at DESC, code_id DESC LIMIT 1 FOR UPDATE",
      tenant, user, factor);
  if (rows.empty() || rows.front().Get<bool>("used")) return std::nullopt;
  const db::Row row = rows.front();
  SmsCode code{.tenant = tenant,
               .id = row.Get<Uuid>("code_id"),
               .user = user,
               .factor = factor,
               .challenge = row.Find<Uuid>("challenge_id"),
               .code_hash = row.Get<db::Bytes>("code_hash").data,
               .tries = row.Get<int>("tries"),
               .created = row.Get<TimePoint>("created_at"),
               .expires = row.Get<TimePoint>("expire_at")};
  if (code.challenge != challenge) return std::nullopt;
  return code;
}

void CountSmsTry(db::Tx& tx, const SmsCode& code) {
  tx.Exec("UPDATE sms_codes SET tries = tries + 1 WHERE tenant_id = $1 AND code_id = $2", code.tenant, code.id);
}

void SpendSmsCode(db::Tx& tx, const SmsCode& code, TimePoint now) {
  tx.Exec("UPDATE sms_codes SET used_at = $3 WHERE tenant_id = $1 AND code_id = $2", code.tenant, code.id, now);
}

}  // namespace quittance::auth::store

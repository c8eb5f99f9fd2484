// SQL of the purges: small batches over an index, SKIP LOCKED so that replicas do not wait for each other.
#include "services/auth/store/purge.h"

namespace quittance::auth::store {
namespace {

constexpr Duration kKeepAfterEnd = std::chrono::days(1);
constexpr Duration kKeepUnseen = std::chrono::days(180);

}  // namespace

int PurgeIdempotencyKeys(db::Tx& tx) {
  return tx
      .Exec(
          "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '30 "
          "days' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED))",
          kPurgeBatch)
      .affected();
}

int PurgeSessions(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM sessions WHERE ctid = ANY(ARRAY(SELECT ctid FROM sessions WHERE expire_at < $1 ORDER BY expire_at LIMIT $2 FOR "
          "UPDATE SKIP LOCKED))",
          now - kKeepAfterEnd, kPurgeBatch)
      .affected();
}

int PurgeEmailTokens(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM email_tokens WHERE ctid = ANY(ARRAY(SELECT ctid FROM email_tokens WHERE expire_at < $1 ORDER BY expire_at LIMIT $2"
          " FOR UPDATE SKIP LOCKED))",
          now - kKeepAfterEnd, kPurgeBatch)
      .affected();
}

int PurgeMailTokens(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM mail_tokens WHERE ctid = ANY(ARRAY(SELECT ctid FROM mail_tokens WHERE expire_at < $1 ORDER BY expire_at LIMIT $2"
          " FOR UPDATE SKIP LOCKED))",
          now - kKeepAfterEnd, kPurgeBatch)
      .affected();
}

int PurgeChallenges(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM challenges WHERE ctid = ANY(ARRAY(SELECT ctid FROM challenges WHERE expire_at < $1 ORDER BY expire_at LIMIT $2"
          " FOR UPDATE SKIP LOCKED))",
          now - kKeepAfterEnd, kPurgeBatch)
      .affected();
}

int PurgeSmsCodes(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM sms_codes WHERE ctid = ANY(ARRAY(SELECT ctid FROM sms_codes WHERE expire_at < $1 ORDER BY expire_at LIMIT $2"
          " FOR UPDATE SKIP LOCKED))",
          now - kKeepAfterEnd, kPurgeBatch)
      .affected();
}

int PurgeThrottles(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM login_throttles WHERE ctid = ANY(ARRAY(SELECT ctid FROM login_throttles WHERE forget_at < $1 ORDER BY forget_at"
          " LIMIT $2 FOR UPDATE SKIP LOCKED))",
          now, kPurgeBatch)
      .affected();
}

int PurgeDevices(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM devices WHERE ctid = ANY(ARRAY(SELECT ctid FROM devices WHERE seen_at < $1 ORDER BY seen_at LIMIT $2"
          " FOR UPDATE SKIP LOCKED))",
          now - kKeepUnseen, kPurgeBatch)
      .affected();
}

int PurgeRevocations(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM revocations WHERE ctid = ANY(ARRAY(SELECT ctid FROM revocations WHERE expire_at < $1 ORDER BY expire_at LIMIT $2"
          " FOR UPDATE SKIP LOCKED))",
          now, kPurgeBatch)
      .affected();
}

}  // namespace quittance::auth::store

// SQL of the purges: small batches over an index, SKIP LOCKED so that replicas do not wait for each other.
#include "services/notifications/store/purge.h"

namespace quittance::notifications::store {
namespace {

constexpr Duration kKeepNotifications = std::chrono::days(400);

}  // namespace

int PurgeIdempotencyKeys(db::Tx& tx) {
  return tx
      .Exec(
          "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '30 "
          "days' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED))",
          kPurgeBatch)
      .affected();
}

int PurgeNotifications(db::Tx& tx, TimePoint now) {
  return tx
      .Exec(
          "DELETE FROM notifications WHERE ctid = ANY(ARRAY(SELECT ctid FROM notifications WHERE state <> 'pending' AND created_at < $1"
          " ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))",
          now - kKeepNotifications, kPurgeBatch)
      .affected();
}

}  // namespace quittance::notifications::store

// Small batches over an index, SKIP LOCKED so that replicas do not wait for each other. Database time: these are ages of our own rows.
#include "services/subscriptions/store/purge.h"

namespace quittance::subscriptions::store {

int PurgeCommon(db::Tx& tx, int limit) {
  const int keys =
      tx.Exec(
            "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval "
            "'30 days' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED))",
            limit)
          .affected();
  const int inbox = tx.Exec(
                          "DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE applied_at < now() - interval '30 days' "
                          "ORDER BY applied_at LIMIT $1 FOR UPDATE SKIP LOCKED))",
                          limit)
                        .affected();
  return keys + inbox;
}

}  // namespace quittance::subscriptions::store

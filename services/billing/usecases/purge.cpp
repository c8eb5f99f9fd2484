// Retention: deliveries 90 days, idempotency keys 30 days, the inbox longer than the topics keep. Facts are for ever.
#include "services/billing/domain/life.h"
#include "services/billing/store/deliveries.h"
#include "services/billing/store/timeline.h"
#include "services/billing/usecases/jobs.h"

namespace quittance::billing {

Task<int> Purge(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system_db.Transact(db::Scope::System(), [&](db::Tx& tx) {
    return store::PurgeDeliveries(tx, now - kDeliveryRetention, kPurgeMax) + store::PurgePspCalls(tx, now - kDeliveryRetention, kPurgeMax) +
           store::PurgeKeys(tx, kKeyRetention, kPurgeMax) + store::PurgeInbox(tx, kInboxRetention, kPurgeMax);
  });
  co_return gone;
}

}  // namespace quittance::billing

// Purge: system role, one short transaction a batch.
#include "services/notifications/usecases/purge.h"

#include "services/notifications/store/purge.h"

namespace quittance::notifications {

Task<int> PurgeIdempotencyKeys(Deps& deps) {
  const int gone = co_await deps.system.Transact(db::Scope::System(), [](db::Tx& tx) { return store::PurgeIdempotencyKeys(tx); });
  co_return gone;
}

Task<int> PurgeNotifications(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeNotifications(tx, now); });
  co_return gone;
}

}  // namespace quittance::notifications

// Purges: system role, one short transaction a batch.
#include "services/subscriptions/usecases/purge.h"

#include "services/subscriptions/store/purge.h"
#include "services/subscriptions/store/telegram.h"

namespace quittance::subscriptions {

Task<int> PurgeTelegram(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone =
      co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeTelegram(tx, now, kPurgeBatch); });
  co_return gone;
}

Task<int> PurgeCommon(Deps& deps) {
  const int gone = co_await deps.system.Transact(db::Scope::System(), [](db::Tx& tx) { return store::PurgeCommon(tx, kPurgeBatch); });
  co_return gone;
}

}  // namespace quittance::subscriptions

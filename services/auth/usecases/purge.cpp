// Purge: system role, one short transaction a batch.
#include "services/auth/usecases/purge.h"

#include "services/auth/store/purge.h"

namespace quittance::auth {

Task<int> PurgeIdempotencyKeys(Deps& deps) {
  const int gone = co_await deps.system.Transact(db::Scope::System(), [](db::Tx& tx) { return store::PurgeIdempotencyKeys(tx); });
  co_return gone;
}

Task<int> PurgeSessions(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeSessions(tx, now); });
  co_return gone;
}

Task<int> PurgeEmailTokens(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeEmailTokens(tx, now); });
  co_return gone;
}

Task<int> PurgeRevocations(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeRevocations(tx, now); });
  co_return gone;
}

Task<int> PurgeMailTokens(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeMailTokens(tx, now); });
  co_return gone;
}

Task<int> PurgeChallenges(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeChallenges(tx, now); });
  co_return gone;
}

Task<int> PurgeSmsCodes(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeSmsCodes(tx, now); });
  co_return gone;
}

Task<int> PurgeThrottles(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeThrottles(tx, now); });
  co_return gone;
}

Task<int> PurgeDevices(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int gone = co_await deps.system.Transact(db::Scope::System(), [now](db::Tx& tx) { return store::PurgeDevices(tx, now); });
  co_return gone;
}

}  // namespace quittance::auth

// Expiry: the PSP is asked, the intent's own fact is stored, the PSP is told. FAILED comes from the fold, once nothing is open any more;
// what a PSP would not end is looked at again later.
#include "common/core/crash_point.h"
#include "services/billing/domain/life.h"
#include "services/billing/usecases/end_attempts.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/run_all.h"

namespace quittance::billing {
namespace {

const Cause kExpirer{"system:expire_intents", ""};

// False: it is paid, over, or its time is not (the expiry job also ends what a cancel could not).
bool StoreExpired(db::Tx& tx, Deps& deps, store::PaymentKey key) {
  const auto payment = store::LockPayment(tx, key);
  if (!payment || payment->status != Status::kPending || payment->detail == Detail::kConflicted) return false;
  if (payment->expire_time > deps.clock.Now()) return true;
  const auto news = OwnFact(*payment, FactKind::kExpired, kExpirer);
  ApplyPspNews(tx, deps, std::span(&news, 1));
  return true;
}

Task<void> ExpireOne(Deps& deps, store::PaymentKey key) {
  const auto asked = co_await AdvanceAttempts(deps, key, kAllAttempts, kExpirer);
  if (asked != Ended::kAll) co_return;
  const bool unpaid = co_await deps.db.Transact(db::Scope::Of(key.tenant), [&](db::Tx& tx) { return StoreExpired(tx, deps, key); });
  QUITTANCE_CRASH_POINT("billing.expire.stored");
  if (unpaid) co_await CancelAttempts(deps, key, kAllAttempts, kExpirer);
}

}  // namespace

Task<int> ExpireIntents(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(
      db::Scope::System(), [&](db::Tx& tx) { return store::ClaimExpiring(tx, now, now + kExpireAgainAfter, 4 * kPspLease, kDueMax); });
  QUITTANCE_CRASH_POINT("billing.expire.claimed");
  std::vector<Task<void>> tasks;
  for (const auto& key : due) tasks.push_back(ExpireOne(deps, key));
  co_await RunAll(deps, std::move(tasks));
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing

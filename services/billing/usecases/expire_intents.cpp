// Expiry: never before the PSP was asked and the attempt ended there. What a PSP would not end is looked at again later.
#include <algorithm>

#include "services/billing/domain/life.h"
#include "services/billing/usecases/end_attempts.h"
#include "services/billing/usecases/jobs.h"

namespace quittance::billing {
namespace {

const Cause kExpirer{"system:expire_intents", ""};

Task<void> ExpireOne(Deps& deps, store::PaymentKey key) {
  const auto ended = co_await EndAttempts(deps, key, kAllAttempts, kExpirer);
  if (ended != Ended::kAll) co_return;
  co_await deps.db.Transact(db::Scope::Of(key.tenant), [&](db::Tx& tx) {
    const auto payment = store::LockPayment(tx, key);
    if (!payment || payment->status != Status::kPending || payment->detail == Detail::kConflicted || payment->expire_time > deps.clock.Now()) return;
    const bool open = std::any_of(payment->attempts.begin(), payment->attempts.end(), [](const Attempt& a) { return IsOpen(a.status); });
    if (open) return;
    const auto news = OwnFact(*payment, FactKind::kExpired, kExpirer);
    ApplyPspNews(tx, deps, std::span(&news, 1));
  });
}

}  // namespace

Task<int> ExpireIntents(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const auto due = co_await deps.system_db.Transact(db::Scope::System(), [&](db::Tx& tx) {
    return store::ClaimExpiring(tx, now, now + kExpireAgainAfter, 4 * kPspLease, kDueMax);
  });
  for (const auto& key : due) co_await ExpireOne(deps, key);
  co_return static_cast<int>(due.size());
}

}  // namespace quittance::billing

// Periods and their stops, and the versions of payments that were acted upon. Invariant: one period per payment, ever.
#pragma once

#include <map>
#include <set>
#include <span>

#include "common/db/tx.h"
#include "services/subscriptions/store/subscriptions.h"

namespace quittance::subscriptions::store {

using PaymentKey = std::pair<TenantId, PaymentId>;

// Which of these versions are above all that were seen of their payment; they are noted. The others are duplicates or older ones (M12, M13,
// K24).
std::set<PaymentKey> ClaimPaymentVersions(db::Tx& tx, const std::map<PaymentKey, std::int64_t>& versions);

// Whose period each payment gave, of those that gave one.
std::map<PaymentKey, AccessKey> FindPeriodOwners(db::Tx& tx, std::span<const PaymentKey> payments);

// The periods of these subscriptions; one that has none is not in it.
std::map<SubscriptionId, std::vector<Period>> LoadPeriods(db::Tx& tx, std::span<const Subscription* const> subscriptions);

struct PeriodOf {
  const Subscription* subscription;
  Period period;
};
// Inserts or updates; the subscriptions' rows are locked by the caller.
void SavePeriods(db::Tx& tx, std::span<const PeriodOf> periods, TimePoint now);

}  // namespace quittance::subscriptions::store

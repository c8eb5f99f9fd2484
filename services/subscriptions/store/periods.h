// Periods and their stops, and the versions of payments that were acted upon. Invariant: one period per payment, ever.
#pragma once

#include <span>

#include "common/db/tx.h"
#include "services/subscriptions/domain/subscription.h"

namespace quittance::subscriptions::store {

// True: this version is above all that were seen of the payment, and is noted. False: a duplicate or an older one (M12, M13, K24).
bool ClaimPaymentVersion(db::Tx& tx, TenantId tenant, PaymentId payment, std::int64_t version);

// The subscription that has this payment's period.
std::optional<SubscriptionId> FindPeriodOwner(db::Tx& tx, TenantId tenant, PaymentId payment);

std::vector<Period> LoadPeriods(db::Tx& tx, TenantId tenant, SubscriptionId subscription);
// Inserts or updates; the subscription's row is locked by the caller.
void SavePeriods(db::Tx& tx, const Subscription& subscription, std::span<const Period> periods, TimePoint now);

}  // namespace quittance::subscriptions::store

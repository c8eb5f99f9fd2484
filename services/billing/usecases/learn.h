// What others tell billing: an offer or a user, in the transaction of the event that told it.
#pragma once

#include "services/billing/store/projections.h"

namespace quittance::billing {

inline void LearnOffer(db::Tx& tx, TenantId tenant, const Offer& offer) { store::PutOffer(tx, tenant, PurposeKind::kPlan, offer); }
inline void LearnUser(db::Tx& tx, TenantId tenant, UserId user, std::int64_t version) { store::PutUser(tx, tenant, user, version); }

}  // namespace quittance::billing

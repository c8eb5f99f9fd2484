// What others tell billing: an offer or users, in the transaction of the events that told it.
#pragma once

#include "common/events/consumer.h"
#include "services/billing/store/projections.h"

namespace quittance::billing {

inline void LearnOffer(db::Tx& tx, TenantId tenant, const Offer& offer) { store::PutOffer(tx, tenant, PurposeKind::kPlan, offer); }
inline void LearnUsers(db::Tx& tx, std::span<const std::pair<store::UserKey, std::int64_t>> versions) {
  const auto person = [](const auto& each) { return each.first; };
  for (const auto run : quittance::events::RunsOfDistinct(versions, person)) store::PutUsers(tx, run);
}

}  // namespace quittance::billing

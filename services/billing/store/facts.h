// Rows of facts. Invariant: append-only; one (tenant, connection, key) for ever, so that a fact told twice is one fact.
#pragma once

#include "services/billing/store/payments.h"

namespace quittance::billing::store {

struct NewFact {
  PaymentKey payment;
  UserId user;
  Fact fact;
};
// ON CONFLICT DO NOTHING, sorted by key.
void InsertFacts(db::Tx& tx, std::vector<NewFact> facts, TimePoint now);

std::map<PaymentKey, std::vector<Fact>> FindFacts(db::Tx& tx, const std::set<PaymentKey>& keys);

}  // namespace quittance::billing::store

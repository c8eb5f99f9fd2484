// What may be personal in billing: what a backend wrote beside a payment, where a payer was sent back to, what PSPs said of them.
// Invariant: amounts, times, facts and references stay: they are the books.
#pragma once

#include "common/db/tx.h"

namespace quittance::billing::store {

struct Erased {
  int payments = 0;
  int attempts = 0;
  int deliveries = 0;
};
// Webhooks that are still to be applied keep their body until they are.
Erased ErasePerson(db::Tx& tx, TenantId tenant, UserId user);

}  // namespace quittance::billing::store

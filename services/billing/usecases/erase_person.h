// A person was erased: what is personal goes, the books stay, the audit trail says so. Twice is once.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

// From an event, in the consumer's transaction; or from the ledger, in a database that a restore made older than the erasure.
void ErasePerson(Deps& deps, db::Tx& tx, TenantId tenant, UserId user, std::int64_t version, const Cause& cause);

}  // namespace quittance::billing

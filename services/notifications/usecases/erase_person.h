// A person was erased: nobody writes to them any more, and what was to be said is forgotten. Invariant: rows stay (what was told, and
// when); their parameters do not; twice is once.
#pragma once

#include "services/notifications/deps.h"
#include "services/notifications/usecases/tell.h"

namespace quittance::notifications {

// From an event, or from the ledger in a database that a restore made older than the erasure; `version` is the user's in auth.
void ErasePerson(Deps& deps, db::Tx& tx, TenantId tenant, UserId user, std::int64_t version, const Heard& heard);

}  // namespace quittance::notifications

// A person was erased: nobody writes to them any more, and what was to be said is forgotten. Invariant: rows stay (what was told, and
// when); their parameters do not; twice is once.
#pragma once

#include "services/notifications/deps.h"
#include "services/notifications/usecases/tell.h"

namespace quittance::notifications {

void ErasePerson(Deps& deps, db::Tx& tx, TenantId tenant, UserId user, const Heard& heard);

}  // namespace quittance::notifications

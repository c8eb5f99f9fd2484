// Erasure of a person: the key of their data is destroyed, and with it everything that was sealed under it, in every copy and stored reply.
// Invariant: the row stays as a number that others may refer to; nothing in it says who it was. Started again, it changes nothing.
#pragma once

#include "services/auth/usecases/manage_users.h"

namespace quittance::auth {

// By an operator. FAILED_PRECONDITION for the last administrator.
Task<Result<db::Reply>> EraseUser(Deps& deps, UserCommand command);
// By the person.
Task<Result<db::Reply>> RequestErasure(Deps& deps, UserCommand command);

// Of somebody whom the ledger knows as erased and a restored database does not; the last administrator is no exception.
void EraseAgain(Deps& deps, db::Tx& tx, const erasure::Erased& erased);
// The job: what was erased here goes into the ledger outside the dumps. Also tried at once by the erasure itself.
Task<int> RecordErasures(Deps& deps);

}  // namespace quittance::auth

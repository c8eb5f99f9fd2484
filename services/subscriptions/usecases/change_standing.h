// ChangeStanding: an account was frozen, opened or erased by auth. Who is not active is in no channel; who is opened again is asked in
// again; of the erased everything personal goes. Accounting (subscriptions, periods) stays.
#pragma once

#include "common/erasure/ledger.h"
#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

// From an event, in the consumer's transaction. A version that is known already changes nothing.
void ChangeStanding(Deps& deps, db::Tx& tx, const KnownUser& user, const Cause& cause);

// Of somebody whom the ledger knows as erased and a restored database does not.
void EraseAgain(Deps& deps, db::Tx& tx, const erasure::Erased& erased);

// The job: forgets the Telegram accounts of erased people who are out.
Task<int> ForgetErased(Deps& deps);

}  // namespace quittance::subscriptions

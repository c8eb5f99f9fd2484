// ChangeStanding: an account was frozen, opened or erased by auth. Who is not active is in no channel; who is opened again is asked in
// again; of the erased everything personal goes. Accounting (subscriptions, periods) stays.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

// From an event, in the consumer's transaction. A version that is known already changes nothing.
void ChangeStanding(Deps& deps, db::Tx& tx, const KnownUser& user, const Cause& cause);

// The job: forgets the Telegram accounts of erased people who are out.
Task<int> ForgetErased(Deps& deps);

}  // namespace quittance::subscriptions

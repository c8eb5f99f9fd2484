// From a connection that refused cleanly to the next one of the intent's route.
#pragma once

#include "services/billing/usecases/call_psp.h"

namespace quittance::billing {

// Nothing is open at the PSP, and the route goes on.
bool MayFallBack(const CreateWork& work, const PspNews& news);

struct FellBack {
  std::optional<CreateWork> work;  // the next attempt, stored and leased; none: there is no other connection, or the intent is over
  bool taken_over = false;         // the lease was lost: somebody else answers
};
// Stores the refusal and the next attempt in one transaction, so that the idempotency key never waits for an attempt that nobody makes.
Task<FellBack> FallBack(Deps& deps, CreateWork work, PspNews refusal);

}  // namespace quittance::billing

// Purge: takes away what has outlived its use, one batch a call. Each gives how many rows went.
#pragma once

#include "services/auth/deps.h"

namespace quittance::auth {

Task<int> PurgeIdempotencyKeys(Deps& deps);
Task<int> PurgeSessions(Deps& deps);
Task<int> PurgeEmailTokens(Deps& deps);
Task<int> PurgeRevocations(Deps& deps);
Task<int> PurgeMailTokens(Deps& deps);
Task<int> PurgeChallenges(Deps& deps);
Task<int> PurgeSmsCodes(Deps& deps);
Task<int> PurgeThrottles(Deps& deps);
Task<int> PurgeDevices(Deps& deps);

}  // namespace quittance::auth

// Purges: what is past its use goes, in small batches.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr int kPurgeBatch = 1000;

Task<int> PurgeTelegram(Deps& deps);
Task<int> PurgeCommon(Deps& deps);  // idempotency keys and inbox, after 30 days

}  // namespace quittance::subscriptions

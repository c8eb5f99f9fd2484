// Purge: what is kept for a time goes after it, a batch at a time.
#pragma once

#include "services/notifications/deps.h"

namespace quittance::notifications {

Task<int> PurgeIdempotencyKeys(Deps& deps);
Task<int> PurgeNotifications(Deps& deps);

}  // namespace quittance::notifications

// ExpireSubscriptions and RemindSubscriptions: what is due, in sets; the row is the schedule.
// Invariant: transition, event and the wake of the memberships are one transaction; two replicas never take the same row.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr int kExpireBatch = 1000;
inline constexpr int kRemindBatch = 500;

// How many rows were taken.
Task<int> ExpireSubscriptions(Deps& deps);
Task<int> RemindSubscriptions(Deps& deps);

}  // namespace quittance::subscriptions

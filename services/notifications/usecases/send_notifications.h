// SendNotifications: the job that sends what is due. Claims rows, asks auth for addresses, sends on a few lanes, completes each row by
// itself. Invariant: the network is only called between transactions; a mail goes out under a lease that still has some time to run,
// measured from before it was asked for, and a row whose lease was lost is not completed by the one that lost it.
#pragma once

#include "services/notifications/deps.h"

namespace quittance::notifications {

inline constexpr int kClaimMax = 200;
inline constexpr int kLanes = 8;
inline constexpr std::chrono::milliseconds kLease{10'000};     // renewed while a provider is slow; after a crash others wait this long
inline constexpr std::chrono::milliseconds kRunBudget{5'000};  // then no new mail is begun, and the rest is given back

// How many notifications got an outcome (those that wait for another part of ours do not count). `lease` is how long a claim keeps the
// other replicas away from its rows; it is renewed while the run lasts.
Task<int> SendNotifications(Deps& deps, std::chrono::milliseconds lease = kLease);

}  // namespace quittance::notifications

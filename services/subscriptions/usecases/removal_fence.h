// The fence before a removal: billing is asked, in sets, whether money of these users for this access has arrived or is under way.
// Invariant: while billing cannot be asked nobody is removed; money under way delays a removal by an hour at most, with an alert.
#pragma once

#include <map>

#include "services/subscriptions/usecases/membership_calls.h"

namespace quittance::subscriptions {

inline constexpr std::size_t kPayersMax = 200;  // of one question
// How far before the end a payment may lie that we have not heard of; whoever shows up is asked about precisely.
inline constexpr std::chrono::hours kLateNews{24};

// The rows among `work` that must wait, and how long.
Task<std::map<MembershipId, Duration>> FenceRemovals(Deps& deps, const std::vector<MembershipWork>& work, TimePoint now);

}  // namespace quittance::subscriptions

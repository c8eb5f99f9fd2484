// DriveMemberships: takes memberships whose next look is due from what is to what is wanted.
// Invariant: moves that need no call are made in the claim's own transaction; calls happen outside, under the row's lease.
#pragma once

#include "services/subscriptions/deps.h"

namespace quittance::subscriptions {

inline constexpr int kMembershipBatch = 200;  // one question to billing
// No new call begins later than this after the claim: a call is three requests of 10 s at most, and the lease lasts 120 s.
inline constexpr std::chrono::seconds kCallsBegin{60};

// How many rows were taken.
Task<int> DriveMemberships(Deps& deps);

}  // namespace quittance::subscriptions

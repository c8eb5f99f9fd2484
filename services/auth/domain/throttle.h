// How often somebody may try: failures are counted per bucket (an address that was typed, a client address, a device), delay the next try
// and at last lock the bucket. Pure. Invariant: a try is counted before it is judged, so that tries made at the same moment cannot outrun
// the count; a lock is never made longer by knocking at it.
#pragma once

#include "common/core/time.h"

namespace quittance::auth {

struct ThrottlePolicy {
  int delay_from;  // failures, from which on the next try waits: 1 s, 2 s, 4 s … kDelayMax
  int lock_from;   // failures, at which the bucket is locked
  Duration lock;
};

inline constexpr Duration kDelayMax = std::chrono::seconds(60);
inline constexpr Duration kFailuresLife = std::chrono::hours(24);  // without another failure

// PCI DSS 8.3.4: ten tries, half an hour. An address is shared by many people, so it is given more.
inline constexpr ThrottlePolicy kAccountPolicy{5, 10, std::chrono::minutes(30)};
inline constexpr ThrottlePolicy kAddressPolicy{20, 100, std::chrono::minutes(30)};

struct Throttle {
  int failures = 0;
  TimePoint open{};    // before this nothing is tried
  TimePoint forget{};  // from here on it starts again
};

struct ThrottleVerdict {
  Throttle before, after;   // the same where the bucket was locked: nothing is counted then
  bool may_try = false;     // else the try is refused without being judged
  bool locked_now = false;  // this try locked the bucket
};

// Counts one try as a failure and says whether it may be judged.
ThrottleVerdict CountTry(const Throttle& before, const ThrottlePolicy& policy, TimePoint now);

}  // namespace quittance::auth

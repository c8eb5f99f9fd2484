// What becomes of a notification after one try: sent, failed for good, or when to try again. Pure; chance comes in as a number.
#pragma once

#include <chrono>

#include "services/notifications/domain/notification.h"

namespace quittance::notifications {

inline constexpr std::chrono::seconds kBackoffFirst{5};
inline constexpr std::chrono::hours kBackoffMax{1};
inline constexpr int kTriesMax = 150;                    // about three days of a provider that says "later"
inline constexpr std::chrono::days kGiveUpAge{7};        // however little of it was a try
inline constexpr int kClaimsMin = 10;                    // before age counts: we may have been down for a week, or a clock was wrong
inline constexpr std::chrono::seconds kWaitPause{10};    // for a part of ours that is down
inline constexpr std::chrono::minutes kSettingPause{1};  // for a person who sets a setting

enum class Verdict {
  kTaken,      // by the provider
  kRefused,    // by the provider, for good
  kTryAgain,   // the provider or the network says "later": a try was consumed
  kLogged,     // no provider is configured: the log says what would have been sent
  kNotReady,   // a setting is missing: no try was consumed
  kWait,       // another part of ours is down: no try was consumed
  kPointless,  // nobody to tell, or too late
};

struct Outcome {
  Verdict verdict;
  std::string answer;  // the provider's text or our reason; no address
};

// Full jitter that keeps the mean: uniform between nothing and twice the step, the step doubling from kBackoffFirst; never above
// kBackoffMax. `chance` is in [0, 1).
Duration Backoff(int tries, double chance);

// The notification after the outcome; a final state raises the version (its event). A one-time token is forgotten with the final state.
Notification After(Notification notification, const Outcome& outcome, TimePoint now, double chance);

}  // namespace quittance::notifications

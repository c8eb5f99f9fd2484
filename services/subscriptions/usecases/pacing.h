// When to try again. Business time; the pause that Telegram asks for is real time and stands with the bot (store::PauseBot).
#pragma once

#include <algorithm>

#include "common/core/time.h"
#include "common/core/uuid.h"

namespace quittance::subscriptions {

inline constexpr std::chrono::seconds kBackoffMin{1};
inline constexpr std::chrono::seconds kBackoffMax{300};
inline constexpr std::chrono::minutes kBlockedRetry{15};        // nothing changes before a person acts
inline constexpr std::chrono::minutes kSettingMissingRetry{1};  // costs no call
inline constexpr std::chrono::seconds kBillingDownRetry{15};
inline constexpr std::chrono::seconds kMoneyUnderWayRetry{30};
inline constexpr std::chrono::seconds kUnauthorizedPause{60};
inline constexpr std::chrono::minutes kSlowAlert{15};

// 1, 2, 4 … 300 s, spread by half around its mean, so that what failed together does not come back together (J08).
inline Duration Backoff(int tries, const Uuid& id) {
  const Duration step = std::min<Duration>(kBackoffMax, kBackoffMin * (std::int64_t{1} << std::min(tries, 10)));
  return step / 2 + step * id.bytes[15] / 255;
}

}  // namespace quittance::subscriptions

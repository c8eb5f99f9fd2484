// How long things may take, in one place. Business durations unless they say otherwise.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "common/core/time.h"

namespace quittance::billing {

// An unpaid intent expires after its method's time.
inline constexpr Duration kCardLife = std::chrono::hours(24);
inline constexpr Duration kMobileMoneyLife = std::chrono::hours(1);
inline constexpr Duration kTransferLife = std::chrono::days(7);

// A PSP call's own deadline (steady time), and the lease (database time) that outlives it.
inline constexpr std::chrono::seconds kPspTimeout{10};
inline constexpr std::chrono::seconds kPspLease{15};

// When the janitor asks the PSP about an attempt with unknown outcome; then a person must.
inline constexpr std::array<Duration, 4> kResolveAfter = {std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::minutes(5),
                                                          std::chrono::hours(1)};
// When a refund that the PSP did not answer is sent again under the same key (a PSP keeps keys 24 h at least); then a person must.
inline constexpr std::array<Duration, 5> kResendRefundAfter = {std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::minutes(5),
                                                               std::chrono::hours(1), std::chrono::hours(6)};
// When a parked webhook is tried again; then it stays for a person.
inline constexpr std::array<Duration, 5> kReplayParkedAfter = {std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::minutes(2),
                                                               std::chrono::minutes(10), std::chrono::hours(1)};
// When an expired intent that its PSP would not end is tried again.
inline constexpr Duration kExpireAgainAfter = std::chrono::minutes(5);

// The pause before try number `tries` + 1 (0: the first), or nullopt when it is a person's turn.
template <std::size_t N>
constexpr std::optional<Duration> PauseAfter(const std::array<Duration, N>& pauses, int tries) {
  if (tries < 0 || static_cast<std::size_t>(tries) >= N) return std::nullopt;
  return pauses[static_cast<std::size_t>(tries)];
}

// A look or a send that asked nobody, because the connection's circuit is open, is none of those above. It comes again when as much time
// has passed as it has waited already, within a minute: one call in five seconds tries for all, and whoever pays waits for it.
inline constexpr Duration kUnaskedMin = std::chrono::seconds(5);
inline constexpr Duration kUnaskedMax = std::chrono::minutes(1);
constexpr Duration PauseUnasked(Duration waited) { return std::clamp(waited, kUnaskedMin, kUnaskedMax); }

// Retention.
inline constexpr Duration kDeliveryRetention = std::chrono::days(90);
// Database time: what carries no business date of its own is not forgotten because the business clock was moved.
inline constexpr std::chrono::seconds kKeyRetention = std::chrono::days(30);
inline constexpr std::chrono::seconds kInboxRetention = std::chrono::days(30);

}  // namespace quittance::billing

// How far this node's clock is from the database's: tokens, signatures and leases fail with other words when it drifts, so the drift itself
// is measured (gauge quittance_clock_skew_seconds, node minus database) and logged once while it is beyond kClockSkewMax.
// Invariant: it only tells; nothing is ever corrected by it.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "common/core/clock.h"
#include "common/db/database.h"
#include "common/metrics/registry.h"

namespace quittance::service {

// What signed timestamps and tokens of others are forgiven (common/crypto/jwt.h).
inline constexpr std::chrono::seconds kClockSkewMax{30};

class ClockWatch {
 public:
  using Now = std::function<std::chrono::system_clock::time_point()>;
  ClockWatch(db::Database& db, metrics::Registry& metrics, std::chrono::milliseconds interval = std::chrono::seconds(15),
             Now node = std::chrono::system_clock::now);

  bool fits() const { return fits_; }  // also while the database cannot be asked

 private:
  void Measure();

  db::Database& db_;
  metrics::Gauge& skew_;
  const Now node_;
  std::atomic<bool> fits_{true};
  std::jthread thread_;
};

}  // namespace quittance::service

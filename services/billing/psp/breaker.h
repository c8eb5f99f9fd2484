// A circuit breaker per connection: after several calls without an answer in a row nobody calls for a while, then one call tries.
// Invariant: it only ever says "not now"; a call that is not made is unknown, never a decline.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "common/async/task.h"

namespace quittance::billing::psp {

inline constexpr int kBreakerFailures = 10;  // in a row
inline constexpr std::chrono::seconds kBreakerPause{5};
inline constexpr std::size_t kBreakersMax = 4096;  // beyond, the map starts anew: a breaker is a courtesy, not a memory

class Breakers {
 public:
  bool Allows(const std::string& connection, SteadyTime now);
  void Answered(const std::string& connection);
  // `again_after`: what the PSP itself asked for (Retry-After), zero where it did not.
  void Failed(const std::string& connection, SteadyTime now, std::chrono::seconds again_after = std::chrono::seconds(0));

 private:
  struct State {
    int failures = 0;
    SteadyTime closed_until{};
  };
  std::mutex mutex_;
  std::map<std::string, State> states_;
};

}  // namespace quittance::billing::psp

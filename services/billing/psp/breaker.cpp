// The body of breaker.h; the invariant it keeps stands there.
#include "services/billing/psp/breaker.h"

#include <algorithm>

namespace quittance::billing::psp {
namespace {

constexpr std::chrono::seconds kAskedPauseMax{60};

}  // namespace

bool Breakers::Allows(const std::string& connection, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto state = states_.find(connection);
  if (state == states_.end() || state->second.closed_until == SteadyTime{}) return true;
  if (now < state->second.closed_until) return false;
  // The one that tries; the others wait for what becomes of it.
  state->second.closed_until = now + kBreakerPause;
  return true;
}

void Breakers::Answered(const std::string& connection) {
  const std::lock_guard lock(mutex_);
  states_.erase(connection);
}

void Breakers::Failed(const std::string& connection, SteadyTime now, std::chrono::seconds again_after) {
  const std::lock_guard lock(mutex_);
  if (states_.size() >= kBreakersMax) states_.clear();
  auto& state = states_[connection];
  if (++state.failures >= kBreakerFailures) state.closed_until = now + kBreakerPause;
  if (again_after.count() > 0) state.closed_until = std::max(state.closed_until, now + std::min(again_after, kAskedPauseMax));
}

}  // namespace quittance::billing::psp

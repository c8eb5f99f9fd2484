// The arithmetic of delays and locks.
#include "services/auth/domain/throttle.h"

#include <algorithm>

namespace quittance::auth {
namespace {

constexpr int kDoublingsMax = 6;  // 2^6 s is above kDelayMax

Duration DelayAfter(int failures, const ThrottlePolicy& policy) {
  const int doublings = std::min(failures - policy.delay_from, kDoublingsMax);
  return std::min<Duration>(std::chrono::seconds(1 << doublings), kDelayMax);
}

}  // namespace

ThrottleVerdict CountTry(const Throttle& before, const ThrottlePolicy& policy, TimePoint now) {
  const bool old = now >= before.forget;
  const bool locked = !old && before.failures >= policy.lock_from;
  if (locked) return {before, before, false, false};  // `forget` of a locked one is its end

  ThrottleVerdict verdict{before, old ? Throttle{} : before, false, false};
  verdict.may_try = now >= verdict.after.open;
  verdict.after.failures += 1;
  verdict.after.forget = now + kFailuresLife;
  if (verdict.after.failures >= policy.lock_from) {
    verdict.locked_now = true;
    verdict.after.open = now + policy.lock;
    verdict.after.forget = verdict.after.open;
  } else if (verdict.after.failures >= policy.delay_from) {
    verdict.after.open = now + DelayAfter(verdict.after.failures, policy);
  }
  return verdict;
}

}  // namespace quittance::auth

// Delays and locks of sign-in, as arithmetic.
#include "services/auth/domain/throttle.h"

#include <gtest/gtest.h>

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = FromUnixSeconds(1'800'000'000);

Throttle After(int failures, Duration apart, TimePoint& now, const ThrottlePolicy& policy = kAccountPolicy) {
  Throttle throttle;
  for (int i = 0; i < failures; ++i, now += apart) throttle = CountTry(throttle, policy, now).after;
  return throttle;
}

TEST(Throttle, A03_DelaysFromTheFifthFailureDoubleToAMinute) {
  TimePoint now = kStart;
  EXPECT_LE(After(4, 0s, now).open, now);
  const std::vector<Duration> delays = {1s, 2s, 4s, 8s, 16s};
  for (int failures = 5; failures < 10; ++failures) {
    now = kStart;
    EXPECT_EQ(After(failures, 0s, now).open - now, delays[static_cast<std::size_t>(failures - 5)]) << failures;
  }
  now = kStart;
  EXPECT_EQ(After(60, 0s, now, ThrottlePolicy{5, 1000, 30min}).open - now, kDelayMax);
}

TEST(Throttle, A03_TheTenthFailureLocksForHalfAnHour) {
  TimePoint now = kStart;
  const Throttle locked = After(10, 0s, now);
  EXPECT_EQ(locked.open - now, 30min);
  EXPECT_FALSE(CountTry(locked, kAccountPolicy, now + 30min - 1s).may_try);
  const ThrottleVerdict open = CountTry(locked, kAccountPolicy, now + 30min);
  EXPECT_TRUE(open.may_try);
  EXPECT_EQ(open.after.failures, 1) << "it starts again";
}

TEST(Throttle, A03_TheTryThatLocksIsToldOnce) {
  Throttle throttle;
  int told = 0;
  for (int i = 0; i < 30; ++i) {
    const ThrottleVerdict verdict = CountTry(throttle, kAccountPolicy, kStart);
    told += verdict.locked_now;
    throttle = verdict.after;
  }
  EXPECT_EQ(told, 1);
}

TEST(Throttle, A04_KnockingAtALockDoesNotMakeItLonger) {
  TimePoint now = kStart;
  Throttle throttle = After(10, 0s, now);
  for (int i = 0; i < 29; ++i) {
    now += 1min;
    const ThrottleVerdict verdict = CountTry(throttle, kAccountPolicy, now);
    EXPECT_FALSE(verdict.may_try);
    throttle = verdict.after;
  }
  EXPECT_TRUE(CountTry(throttle, kAccountPolicy, kStart + 30min).may_try);
}

TEST(Throttle, ATryDuringADelayIsCountedAndNotJudged) {
  TimePoint now = kStart;
  const Throttle delayed = After(7, 0s, now);
  const ThrottleVerdict verdict = CountTry(delayed, kAccountPolicy, now + 1s);
  EXPECT_FALSE(verdict.may_try);
  EXPECT_EQ(verdict.after.failures, 8);
  EXPECT_TRUE(CountTry(delayed, kAccountPolicy, now + 4s).may_try);
}

TEST(Throttle, FailuresAreForgottenAfterADay) {
  TimePoint now = kStart;
  const Throttle tired = After(4, 0s, now);
  EXPECT_EQ(CountTry(tired, kAccountPolicy, now + 24h).after.failures, 1);
  EXPECT_EQ(CountTry(tired, kAccountPolicy, now + 24h - 1s).after.failures, 5);
}

}  // namespace
}  // namespace quittance::auth

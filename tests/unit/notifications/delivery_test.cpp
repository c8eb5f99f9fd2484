// What becomes of a notification after one try.
#include "services/notifications/domain/delivery.h"

#include <gtest/gtest.h>

#include "services/notifications/domain/tell.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = FromUnixSeconds(1'800'000'000);

Notification Pending() {
  Notification n;
  n.created = kNow;
  n.params = {{std::string(kSealedToken), "x"}, {"plan", "weekly"}};
  return n;
}

TEST(Delivery, FinalVerdictsRaiseTheVersionAndForgetTheToken) {
  const std::pair<Verdict, State> rows[] = {{Verdict::kTaken, State::kSent},
                                            {Verdict::kRefused, State::kFailed},
                                            {Verdict::kLogged, State::kLogged},
                                            {Verdict::kPointless, State::kFailed}};
  for (const auto& [verdict, state] : rows) {
    const auto after = After(Pending(), {verdict, "550 no such user"}, kNow + 1s, 0.5);
    EXPECT_EQ(after.state, state);
    EXPECT_EQ(after.version, 1);
    EXPECT_FALSE(after.params.contains(std::string(kSealedToken)));
    EXPECT_TRUE(after.params.contains("plan"));
    EXPECT_EQ(after.sent.has_value(), state == State::kSent);
    EXPECT_EQ(after.last_error.empty(), state == State::kSent || state == State::kLogged);
  }
}

TEST(Delivery, WaitingConsumesNoTry) {
  for (const Verdict verdict : {Verdict::kWait, Verdict::kNotReady}) {
    const auto after = After(Pending(), {verdict, "auth is not reachable"}, kNow, 0.5);
    EXPECT_EQ(after.state, State::kPending);
    EXPECT_EQ(after.tries, 0);
    EXPECT_EQ(after.version, 0);
    EXPECT_GT(after.next_attempt_at, kNow);
    EXPECT_LE(after.next_attempt_at, kNow + 1min);
    EXPECT_TRUE(after.params.contains(std::string(kSealedToken)));
  }
}

TEST(Delivery, J08_BackoffDoublesWithFullJitterAndKeepsTheMean) {
  for (int tries = 1; tries <= 9; ++tries) {
    const Duration step = 5s * (1 << (tries - 1));
    Duration sum{0};
    for (int i = 0; i < 1000; ++i) sum += Backoff(tries, i / 1000.0);
    EXPECT_NEAR(static_cast<double>((sum / 1000).count()), static_cast<double>(step.count()), static_cast<double>(step.count()) * 0.05)
        << tries;
  }
  for (const int tries : {0, 1, 20, 1000}) {
    EXPECT_GT(Backoff(tries, 0), 0s);
    EXPECT_LE(Backoff(tries, 0.999), kBackoffMax);
  }
}

TEST(Delivery, J14_GivesUpAfterAllTriesOrMuchTime) {
  Notification tired = Pending();
  tired.tries = kTriesMax - 1;
  EXPECT_EQ(After(tired, {Verdict::kTryAgain, "451 later"}, kNow, 0.5).state, State::kFailed);
  tired.tries = kTriesMax - 2;
  EXPECT_EQ(After(tired, {Verdict::kTryAgain, "451 later"}, kNow, 0.5).state, State::kPending);
  Notification old = Pending();
  old.attempt = kClaimsMin;
  EXPECT_EQ(After(old, {Verdict::kNotReady, "the setting smtp.from is missing"}, kNow + kGiveUpAge, 0.5).state, State::kFailed);
  EXPECT_EQ(After(old, {Verdict::kNotReady, "the setting smtp.from is missing"}, kNow + kGiveUpAge - 1s, 0.5).state, State::kPending);
  EXPECT_EQ(After(old, {Verdict::kTaken, ""}, kNow + kGiveUpAge, 0.5).state, State::kSent);
}

TEST(Delivery, J14_WhatWaitedForUsIsTriedBeforeItIsGivenUp) {
  Notification late = Pending();
  for (late.attempt = 1; late.attempt < kClaimsMin; ++late.attempt) {
    for (const Verdict verdict : {Verdict::kWait, Verdict::kTryAgain, Verdict::kNotReady}) {
      EXPECT_EQ(After(late, {verdict, "auth is not reachable"}, kNow + 30 * kGiveUpAge, 0.5).state, State::kPending) << late.attempt;
    }
  }
}

TEST(Delivery, ProviderTextIsKeptButBounded) {
  const auto after = After(Pending(), {Verdict::kRefused, std::string(10'000, 'x')}, kNow, 0.5);
  EXPECT_LE(after.last_error.size(), 500U);
  EXPECT_EQ(After(Pending(), {Verdict::kTryAgain, "421 busy"}, kNow, 0.5).last_error, "421 busy");
}

}  // namespace
}  // namespace quittance::notifications

// The circuit breaker, and amounts in PSPs' spellings.
#include <gtest/gtest.h>

#include "services/billing/psp/amounts.h"
#include "services/billing/psp/breaker.h"

namespace quittance::billing::psp::test {
namespace {

using std::chrono::seconds;

TEST(Breaker, OpensAfterSilenceAndLetsOneTry) {
  Breakers breakers;
  SteadyTime now = std::chrono::steady_clock::now();
  for (int i = 0; i < kBreakerFailures; ++i) {
    EXPECT_TRUE(breakers.Allows("stripe", now));
    breakers.Failed("stripe", now);
  }
  EXPECT_FALSE(breakers.Allows("stripe", now));
  EXPECT_TRUE(breakers.Allows("paypal", now));
  now += kBreakerPause;
  EXPECT_TRUE(breakers.Allows("stripe", now));
  EXPECT_FALSE(breakers.Allows("stripe", now));  // one is trying
  breakers.Answered("stripe");
  EXPECT_TRUE(breakers.Allows("stripe", now));
}

TEST(Breaker, AnAnswerInBetweenStartsTheCountAnew) {
  Breakers breakers;
  const SteadyTime now = std::chrono::steady_clock::now();
  for (int i = 0; i < 3 * kBreakerFailures; ++i) {
    breakers.Failed("stripe", now);
    if (i % 5 == 4) breakers.Answered("stripe");
  }
  EXPECT_TRUE(breakers.Allows("stripe", now));
}

TEST(Breaker, WaitsAsLongAsThePspAsksButNotForEver) {
  Breakers breakers;
  const SteadyTime now = std::chrono::steady_clock::now();
  breakers.Failed("stripe", now, seconds(3600));
  EXPECT_FALSE(breakers.Allows("stripe", now + seconds(59)));
  EXPECT_TRUE(breakers.Allows("stripe", now + seconds(60)));
}

TEST(Amounts, M05_DecimalsAreExactOrNothing) {
  EXPECT_EQ(ToDecimal(1990, 2), "19.90");
  EXPECT_EQ(ToDecimal(7, 3), "0.007");
  EXPECT_EQ(ToDecimal(1990, 0), "1990");
  EXPECT_EQ(FromDecimal("19.90", 2), 1990);
  EXPECT_EQ(FromDecimal("19.9", 2), 1990);
  EXPECT_EQ(FromDecimal("19", 2), 1900);
  EXPECT_EQ(FromDecimal("19.900", 2), 1990);
  EXPECT_EQ(FromDecimal("1990", 0), 1990);
  for (const auto* bad : {"", ".", "19.", ".90", "-1", "+1", "1e3", "19.905", " 1", "1 ", "1,5", "0x1", "99999999999999999999"})
    EXPECT_FALSE(FromDecimal(bad, 2)) << bad;
  EXPECT_EQ(Rescale(1990, 2, 0), std::nullopt);
  EXPECT_EQ(Rescale(1900, 2, 0), 19);
  EXPECT_EQ(Rescale(19, 0, 2), 1900);
  EXPECT_EQ(Rescale(INT64_MAX, 0, 2), std::nullopt);
}

}  // namespace
}  // namespace quittance::billing::psp::test

// What a payment's state does to its period: the state alone, once.
#include "services/subscriptions/domain/payment_news.h"

#include <gtest/gtest.h>

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = FromUnixSeconds(1'790'000'000);

TEST(Standing, EveryStatusAndDetail) {
  EXPECT_EQ(StandingOf(PaymentStatus::kSucceeded, "settled"), Standing::kGood);
  EXPECT_EQ(StandingOf(PaymentStatus::kSucceeded, "partially_refunded"), Standing::kGood);  // a partial refund keeps
  EXPECT_EQ(StandingOf(PaymentStatus::kSucceeded, "disputed"), Standing::kDisputed);
  EXPECT_EQ(StandingOf(PaymentStatus::kRefunded, "full_refund"), Standing::kGone);
  EXPECT_EQ(StandingOf(PaymentStatus::kRefunded, "dispute_lost"), Standing::kGone);
  EXPECT_EQ(StandingOf(PaymentStatus::kFailed, "capture_failed"), Standing::kGone);
  EXPECT_EQ(StandingOf(PaymentStatus::kPending, "conflicted"), Standing::kGone);
  EXPECT_EQ(StandingOf(PaymentStatus::kPending, "unknown"), Standing::kOpen);
  EXPECT_EQ(StandingOf(PaymentStatus::kPending, "processing"), Standing::kOpen);
}

PaymentNews Returned(std::int64_t minor, Standing standing = Standing::kGood) {
  return {.tenant = {},
          .payment = {},
          .user = {},
          .plan_code = "p",
          .standing = standing,
          .succeed_time = kStart,
          .change_time = kStart,
          .version = 2,
          .amount_minor = 1000,
          .returned_minor = minor};
}

TEST(Policy, ADisputeHoldsOrKeeps) {
  EXPECT_EQ(Under({}, Standing::kDisputed), Standing::kDisputed);
  EXPECT_EQ(Under({.partial_refund_shortens = false, .dispute_suspends = false}, Standing::kDisputed), Standing::kGood);
  EXPECT_EQ(Under({.partial_refund_shortens = false, .dispute_suspends = false}, Standing::kGone), Standing::kGone);
}

TEST(TakeReturn, KeepsByDefaultAndRemembersTheMoney) {
  Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 60s, .stops = {}};
  EXPECT_EQ(TakeReturn(period, Returned(500), {}, kStart + 1s), PeriodChange::kNone);
  EXPECT_EQ(period.ReturnedMinor(), 500);
  EXPECT_EQ(TakeReturn(period, Returned(500), {.partial_refund_shortens = true}, kStart + 2s), PeriodChange::kNone);
  EXPECT_EQ(period.CutAt(kStart + 3s), 0s);
}

TEST(TakeReturn, M05_TheShareIsRoundedDownAndNeverWraps) {
  const Policy shorten{.partial_refund_shortens = true};
  Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 61s, .stops = {}};
  EXPECT_EQ(TakeReturn(period, Returned(333), shorten, kStart + 1s), PeriodChange::kShortened);
  EXPECT_EQ(period.CutAt(kStart), 0s);
  EXPECT_EQ(period.CutAt(kStart + 1s), 20s);  // 20.3
  EXPECT_EQ(TakeReturn(period, Returned(100), shorten, kStart + 2s), PeriodChange::kLengthened);
  EXPECT_EQ(period.CutAt(kStart + 2s), 6s);
  Period long_one{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 3'155'760'000s, .stops = {}};
  auto news = Returned(0);
  news.amount_minor = INT64_MAX;
  news.returned_minor = INT64_MAX - 1;
  EXPECT_EQ(TakeReturn(long_one, news, shorten, kStart + 1s), PeriodChange::kShortened);
  EXPECT_EQ(long_one.CutAt(kStart + 1s), 3'155'759'999s);
}

TEST(TakeReturn, MoneyThatIsGoneAltogetherIsARevocationNotAShare) {
  Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 60s, .stops = {}};
  EXPECT_EQ(TakeReturn(period, Returned(1000, Standing::kGone), {.partial_refund_shortens = true}, kStart), PeriodChange::kNone);
  EXPECT_TRUE(period.returns.empty());
}

TEST(ApplyStanding, TheSameStateTwiceChangesNothing) {
  for (const Standing standing : {Standing::kGood, Standing::kDisputed, Standing::kGone, Standing::kOpen}) {
    Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 60s, .stops = {}};
    ApplyStanding(period, standing, kStart + 1s);
    const auto stops = period.stops;
    EXPECT_EQ(ApplyStanding(period, standing, kStart + 2s), PeriodChange::kNone);
    EXPECT_EQ(period.stops, stops);
  }
}

TEST(ApplyStanding, DisputeThenLostEndsTheHoldAndRevokes) {
  Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 60s, .stops = {}};
  EXPECT_EQ(ApplyStanding(period, Standing::kDisputed, kStart + 1s), PeriodChange::kHeld);
  EXPECT_EQ(ApplyStanding(period, Standing::kGone, kStart + 5s), PeriodChange::kRevoked);
  EXPECT_EQ(period.OpenStop(Stop::Kind::kHeld), nullptr);
  ASSERT_NE(period.OpenStop(Stop::Kind::kRevoked), nullptr);
  EXPECT_EQ(period.OpenStop(Stop::Kind::kRevoked)->from, kStart + 5s);
}

TEST(ApplyStanding, GoodAgainEndsWhateverStopped) {
  Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 60s, .stops = {}};
  ApplyStanding(period, Standing::kGone, kStart + 1s);
  EXPECT_EQ(ApplyStanding(period, Standing::kGood, kStart + 4s), PeriodChange::kRestored);
  EXPECT_EQ(period.OpenStop(Stop::Kind::kRevoked), nullptr);
}

TEST(ApplyStanding, M15_ATimeBeforeTheStopDoesNotTurnItAround) {
  Period period{.payment = {}, .plan = {}, .plan_code = "p", .succeed_time = kStart, .duration = 60s, .stops = {}};
  ApplyStanding(period, Standing::kDisputed, kStart + 10s);
  ApplyStanding(period, Standing::kGood, kStart + 5s);
  EXPECT_EQ(period.stops.front().until, kStart + 10s);
}

}  // namespace
}  // namespace quittance::subscriptions

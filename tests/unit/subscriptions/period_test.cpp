// The layout of periods: end to end, exact seconds, whatever the order in which payments became known.
#include "services/subscriptions/domain/period.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kWeek{604'800};
constexpr std::chrono::seconds kMonth{2'592'000};
const TimePoint kStart = FromUnixSeconds(1'790'000'000);

PaymentId Payment(int number) {
  PaymentId id;
  id.uuid.bytes[15] = static_cast<std::uint8_t>(number);
  id.uuid.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  return id;
}

Period Paid(int number, TimePoint succeed_time, std::chrono::seconds duration, std::vector<Stop> stops = {}) {
  return {.payment = Payment(number),
          .plan = {},
          .plan_code = "plan-" + std::to_string(number),
          .succeed_time = succeed_time,
          .duration = duration,
          .stops = std::move(stops)};
}

Stop Revoked(TimePoint from, std::optional<TimePoint> until = {}) { return {Stop::Kind::kRevoked, from, until}; }
Stop Held(TimePoint from, std::optional<TimePoint> until = {}) { return {Stop::Kind::kHeld, from, until}; }

TEST(Layout, ACutTakesOfWhatIsLeftAndNeverOfWhatWasUsed) {
  std::vector<Period> early = {Paid(1, kStart, kWeek)};
  early[0].returns = {{kStart + 24h, 995, kWeek / 2}};
  EXPECT_EQ(Lay(early, kStart).end, kStart + kWeek / 2);

  std::vector<Period> late = {Paid(1, kStart, kWeek), Paid(2, kStart + 1h, kWeek)};
  late[0].returns = {{kStart + 144h, 995, kWeek / 2}};
  EXPECT_EQ(Lay(late, kStart).end, kStart + 144h + kWeek);
  EXPECT_EQ(late[0].ends, kStart + 144h);
  EXPECT_EQ(late[1].starts, kStart + 144h);
}

TEST(Layout, WhatWasCutAndIsGivenBackRunsFromThen) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek)};
  periods[0].returns = {{kStart + 144h, 995, kWeek / 2}, {kStart + 145h, 0, 0s}};
  EXPECT_EQ(Lay(periods, kStart).end, kStart + 145h + 24h);
}

TEST(Layout, OnePeriodIsExactlyItsSeconds) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek)};
  const Layout layout = Lay(periods, kStart);
  EXPECT_EQ(layout.start, kStart);
  EXPECT_EQ(layout.end - layout.start, 604'800s);
}

TEST(Layout, RenewalBeforeTheEndStartsAtTheOldEnd) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek), Paid(2, kStart + 5 * 24h, kMonth)};
  const Layout layout = Lay(periods, kStart + 5 * 24h);
  EXPECT_EQ(layout.end, kStart + kWeek + kMonth);
  EXPECT_EQ(layout.start, kStart);  // the first one still runs
  EXPECT_EQ(periods[1].starts, kStart + kWeek);
  EXPECT_EQ(layout.plan_code, "plan-2");
}

TEST(Layout, RenewalAfterTheEndStartsWhenItWasPaid) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek), Paid(2, kStart + kWeek + 3h, kWeek)};
  EXPECT_EQ(Lay(periods, kStart + kWeek + 3h).end, kStart + 2 * kWeek + 3h);
}

TEST(Layout, PaymentOfTheLastSecondStartsAtTheOldEnd) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek), Paid(2, kStart + kWeek - 1us, kWeek)};
  EXPECT_EQ(Lay(periods, kStart + kWeek).end, kStart + 2 * kWeek);
}

TEST(Layout, RevokingTheMiddleMovesTheLaterUp) {
  const TimePoint revoked = kStart + kWeek + 24h;  // one day into the second
  std::vector<Period> periods = {Paid(1, kStart, kWeek), Paid(2, kStart + 1h, kWeek, {Revoked(revoked)}), Paid(3, kStart + 2h, kWeek)};
  const Layout layout = Lay(periods, revoked);
  EXPECT_EQ(periods[1].ends, revoked);
  EXPECT_EQ(periods[2].starts, revoked);
  EXPECT_EQ(layout.end, revoked + kWeek);
}

TEST(Layout, RevokingOneThatHasNotBegunTakesItsTimeAway) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek), Paid(2, kStart + 1h, kMonth, {Revoked(kStart + 2h)})};
  EXPECT_EQ(Lay(periods, kStart + 2h).end, kStart + kWeek);
  EXPECT_EQ(periods[1].starts, periods[1].ends);
}

TEST(Layout, RevokingWhatIsOverChangesNothing) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek, {Revoked(kStart + kWeek + 24h)}), Paid(2, kStart + kWeek, kWeek)};
  EXPECT_EQ(Lay(periods, kStart + kWeek + 24h).end, kStart + 2 * kWeek);
}

TEST(Layout, ReinstatedPeriodGivesWhatWasLeft) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek, {Revoked(kStart + 24h, kStart + 4 * 24h)})};
  EXPECT_EQ(Lay(periods, kStart + 4 * 24h).end, kStart + 4 * 24h + (kWeek - 24h));
}

TEST(Layout, SuspensionLengthensWhatWasLeftByItself) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek, {Held(kStart + 24h, kStart + 3 * 24h)}), Paid(2, kStart + 1h, kWeek)};
  const Layout layout = Lay(periods, kStart + 3 * 24h);
  EXPECT_EQ(layout.end, kStart + 2 * kWeek + 48h);
  EXPECT_FALSE(layout.held_since.has_value());
  EXPECT_EQ(layout.start, kStart);  // an interruption without another period keeps its begin
}

TEST(Layout, WhileHeldTheTimeLeftIsFrozen) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek, {Held(kStart + 24h)})};
  const Layout layout = Lay(periods, kStart + 100 * 24h);
  ASSERT_EQ(layout.held_since, kStart + 24h);
  EXPECT_EQ(layout.end - *layout.held_since, kWeek - 24h);
}

TEST(Layout, TwoHoldsCountTheirUnion) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek, {Held(kStart + 1h, kStart + 3h)}),
                                 Paid(2, kStart, kWeek, {Held(kStart + 2h, kStart + 5h)})};
  EXPECT_EQ(Lay(periods, kStart + 5h).end, kStart + 2 * kWeek + 4h);
}

TEST(Layout, NothingIsHeldWhenNothingIsLeft) {
  std::vector<Period> periods = {Paid(1, kStart, kWeek, {Held(kStart + kWeek + 1h)})};
  const Layout layout = Lay(periods, kStart + kWeek + 2h);
  EXPECT_FALSE(layout.held_since.has_value());
  EXPECT_EQ(layout.end, kStart + kWeek);
}

RC_GTEST_PROP(LayoutProperty, OrderOfArrivalDoesNotMatter, ()) {
  const int count = *rc::gen::inRange(1, 8);
  std::vector<Period> periods;
  for (int i = 0; i < count; ++i) {
    const TimePoint paid = kStart + std::chrono::seconds(*rc::gen::inRange(0, 3'000'000));
    std::vector<Stop> stops;
    if (*rc::gen::inRange(0, 3) == 0) {
      const TimePoint from = paid + std::chrono::seconds(*rc::gen::inRange(0, 2'000'000));
      std::optional<TimePoint> until;
      if (*rc::gen::arbitrary<bool>()) until = from + std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
      stops.push_back({*rc::gen::arbitrary<bool>() ? Stop::Kind::kHeld : Stop::Kind::kRevoked, from, until});
    }
    periods.push_back(Paid(i, paid, *rc::gen::arbitrary<bool>() ? kWeek : kMonth, std::move(stops)));
    if (*rc::gen::inRange(0, 3) == 0) {
      const TimePoint from = paid + std::chrono::seconds(*rc::gen::inRange(0, 2'000'000));
      periods.back().returns = {{from, 1, std::chrono::seconds(*rc::gen::inRange(0, 604'800))}, {from + 1h, 0, 0s}};
      if (*rc::gen::arbitrary<bool>()) periods.back().returns.pop_back();
    }
  }
  std::vector<Period> shuffled = periods;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(*rc::gen::arbitrary<unsigned>()));
  const TimePoint now = kStart + std::chrono::seconds(*rc::gen::inRange(0, 9'000'000));
  const Layout one = Lay(periods, now);
  const Layout other = Lay(shuffled, now);
  RC_ASSERT(one.end == other.end);
  RC_ASSERT(one.start == other.start);
  RC_ASSERT(one.held_since == other.held_since);
  for (int i = 0; i < count; ++i) RC_ASSERT(periods[static_cast<std::size_t>(i)].ends == shuffled[static_cast<std::size_t>(i)].ends);
}

RC_GTEST_PROP(LayoutProperty, NothingIsLostAndNothingIsGivenTwice, ()) {
  const int count = *rc::gen::inRange(1, 8);
  std::vector<Period> periods;
  Duration total{0};
  TimePoint first = TimePoint::max();
  for (int i = 0; i < count; ++i) {
    const TimePoint paid = kStart + std::chrono::seconds(*rc::gen::inRange(0, 3'000'000));
    first = std::min(first, paid);
    total += kWeek;
    periods.push_back(Paid(i, paid, kWeek));
  }
  const Layout layout = Lay(periods, kStart);
  RC_ASSERT(layout.end >= first + total);
  TimePoint cursor = first;
  for (const auto& period : periods) {
    RC_ASSERT(period.ends - period.starts == Duration(kWeek));
    RC_ASSERT(period.starts == std::max(cursor, period.succeed_time));
    cursor = period.ends;
  }
}

}  // namespace
}  // namespace quittance::subscriptions

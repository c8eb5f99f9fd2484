// The subscription machine: every (status, trigger), and what a change of the periods amounts to.
#include "services/subscriptions/domain/subscription.h"

#include <gtest/gtest.h>

#include <set>

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;
using Status = SubscriptionStatus;
using Trigger = SubscriptionTrigger;
using Event = SubscriptionEvent;

constexpr std::chrono::seconds kWeek{604'800};
const TimePoint kStart = FromUnixSeconds(1'790'000'000);

// A subscription and its periods, driven as ApplyPaymentNews does.
struct Story {
  Subscription subscription;
  std::vector<Period> periods;

  std::optional<Event> Pay(int number, TimePoint at, std::chrono::seconds duration = kWeek, std::optional<TimePoint> known_at = {}) {
    PaymentId id;
    id.uuid.bytes[15] = static_cast<std::uint8_t>(number);
    periods.push_back({.payment = id, .plan = {}, .plan_code = "weekly", .succeed_time = at, .duration = duration, .stops = {}});
    const TimePoint now = known_at.value_or(at);
    return subscription.TakeNews(Lay(periods, now), PeriodChange::kGranted, at, now);
  }

  std::optional<Event> Become(int number, Standing standing, TimePoint at) {
    for (auto& period : periods) {
      if (period.payment.uuid.bytes[15] != number) continue;
      const PeriodChange change = ApplyStanding(period, standing, at);
      if (change == PeriodChange::kNone) return std::nullopt;
      return subscription.TakeNews(Lay(periods, at), change, at, at);
    }
    return std::nullopt;
  }
};

TEST(SubscriptionMatrix, M01_EveryPairIsInTheTableOrRefused) {
  std::set<std::pair<Status, Trigger>> allowed;
  for (const auto& move : kSubscriptionMoves) EXPECT_TRUE(allowed.insert({move.from, move.trigger}).second) << "twice in the table";
  int refused = 0;
  for (const Status status : kSubscriptionStatuses) {
    for (const Trigger trigger : kSubscriptionTriggers) {
      const auto* move = FindMove(status, trigger);
      EXPECT_EQ(move != nullptr, allowed.contains({status, trigger}));
      if (!move)
        ++refused;
      else
        EXPECT_NE(move->to, Status::kNew);
    }
  }
  EXPECT_EQ(refused, 5 * 7 - static_cast<int>(kSubscriptionMoves.size()));
}

TEST(Subscription, FirstPaymentActivates) {
  Story story;
  EXPECT_EQ(story.Pay(1, kStart), Event::kActivated);
  EXPECT_EQ(story.subscription.status, Status::kActive);
  EXPECT_EQ(story.subscription.version, 1);
  EXPECT_EQ(story.subscription.current_period_end, kStart + kWeek);
  EXPECT_EQ(story.subscription.SecondsRemaining(kStart), 604'800);
  EXPECT_EQ(story.subscription.reminder_at, kStart + kWeek - 48h);
}

TEST(Subscription, RenewalBeforeTheEndAddsTime) {
  Story story;
  story.Pay(1, kStart);
  EXPECT_EQ(story.Pay(2, kStart + 24h, std::chrono::seconds(2'592'000)), Event::kRenewed);
  EXPECT_EQ(story.subscription.current_period_end, kStart + kWeek + std::chrono::seconds(2'592'000));
}

TEST(Subscription, RenewalAfterTheEndActivatesAgain) {
  Story story;
  story.Pay(1, kStart);
  EXPECT_EQ(story.subscription.Expire(kStart + kWeek), Event::kExpired);
  EXPECT_EQ(story.Pay(2, kStart + kWeek + 1h), Event::kActivated);
  EXPECT_EQ(story.subscription.current_period_end, kStart + 2 * kWeek + 1h);
}

TEST(Subscription, M09_PaidBeforeTheEndButKnownAfterExpiryStartsAtTheOldEnd) {
  Story story;
  story.Pay(1, kStart);
  story.subscription.Expire(kStart + kWeek);
  EXPECT_EQ(story.Pay(2, kStart + kWeek - 1s, kWeek, kStart + kWeek + 1s), Event::kActivated);  // not Renewed: Expired was said already
  EXPECT_EQ(story.subscription.current_period_end, kStart + 2 * kWeek);
}

TEST(Subscription, M09_ExpiryLooksAgain) {
  Story story;
  story.Pay(1, kStart);
  story.Pay(2, kStart + kWeek - 1s);
  EXPECT_EQ(story.subscription.Expire(kStart + kWeek), std::nullopt);
  EXPECT_EQ(story.subscription.status, Status::kActive);
}

TEST(Subscription, ExpiresAtItsEndAndNotBefore) {
  Story story;
  story.Pay(1, kStart);
  EXPECT_EQ(story.subscription.Expire(kStart + kWeek - 1us), std::nullopt);
  EXPECT_EQ(story.subscription.Expire(kStart + kWeek), Event::kExpired);
  EXPECT_EQ(story.subscription.Expire(kStart + kWeek), std::nullopt);
  EXPECT_EQ(story.subscription.SecondsRemaining(kStart + kWeek), 0);
}

TEST(Subscription, TimeThatIsOverWhenItBecomesKnownIsSaidOpenly) {
  Story story;
  EXPECT_EQ(story.Pay(1, kStart, kWeek, kStart + 2 * kWeek), Event::kActivated);
  EXPECT_EQ(story.subscription.Expire(kStart + 2 * kWeek), Event::kExpired);
}

TEST(Subscription, DisputeSuspendsAndWinningRestoresTheTimeLeft) {
  Story story;
  story.Pay(1, kStart);
  EXPECT_EQ(story.Become(1, Standing::kDisputed, kStart + 24h), Event::kSuspended);
  EXPECT_EQ(story.subscription.SecondsRemaining(kStart + 30 * 24h), 604'800 - 86'400);
  EXPECT_EQ(story.subscription.Expire(kStart + 30 * 24h), std::nullopt);
  EXPECT_EQ(story.Become(1, Standing::kGood, kStart + 10 * 24h), Event::kReinstated);
  EXPECT_EQ(story.subscription.current_period_end, kStart + 10 * 24h + (kWeek - 24h));
  EXPECT_FALSE(story.subscription.suspended_at.has_value());
}

TEST(Subscription, DisputeLostEndsIt) {
  Story story;
  story.Pay(1, kStart);
  story.Become(1, Standing::kDisputed, kStart + 24h);
  EXPECT_EQ(story.Become(1, Standing::kGone, kStart + 48h), Event::kCanceled);
  EXPECT_EQ(story.subscription.status, Status::kCanceled);
}

TEST(Subscription, DisputeLostWithOtherTimeGoesOn) {
  Story story;
  story.Pay(1, kStart);
  story.Pay(2, kStart + 1h);
  story.Become(1, Standing::kDisputed, kStart + 24h);
  EXPECT_EQ(story.Become(1, Standing::kGone, kStart + 48h), Event::kReinstated);
  EXPECT_EQ(story.subscription.current_period_end, kStart + 48h + kWeek);
}

TEST(Subscription, FullRefundCancelsAtOnce) {
  Story story;
  story.Pay(1, kStart);
  EXPECT_EQ(story.Become(1, Standing::kGone, kStart + 24h), Event::kCanceled);
  EXPECT_EQ(story.subscription.current_period_end, kStart + 24h);
}

TEST(Subscription, RefundOfOneOfTwoCutsTheTime) {
  Story story;
  story.Pay(1, kStart);
  story.Pay(2, kStart + 1h);
  EXPECT_EQ(story.Become(2, Standing::kGone, kStart + 24h), Event::kUpdated);
  EXPECT_EQ(story.subscription.current_period_end, kStart + kWeek);
}

TEST(Subscription, RefundOfWhatIsOverIsNotSeen) {
  Story story;
  story.Pay(1, kStart);
  story.Pay(2, kStart + kWeek);
  const auto before = story.subscription.version;
  EXPECT_EQ(story.Become(1, Standing::kGone, kStart + kWeek + 24h), std::nullopt);
  EXPECT_EQ(story.subscription.version, before);
}

TEST(Subscription, RefundThatFailsGivesTheTimeBack) {
  Story story;
  story.Pay(1, kStart);
  story.Become(1, Standing::kGone, kStart + 24h);
  EXPECT_EQ(story.Become(1, Standing::kGood, kStart + 72h), Event::kReinstated);
  EXPECT_EQ(story.subscription.current_period_end, kStart + 72h + (kWeek - 24h));
}

TEST(Subscription, PaymentDuringASuspensionIsKeptForLater) {
  Story story;
  story.Pay(1, kStart);
  story.Become(1, Standing::kDisputed, kStart + 24h);
  EXPECT_EQ(story.Pay(2, kStart + 48h), Event::kRenewed);
  EXPECT_EQ(story.subscription.status, Status::kSuspended);
  EXPECT_EQ(story.subscription.SecondsRemaining(kStart + 48h), 2 * 604'800 - 86'400);
}

TEST(Reminder, FortyEightHoursBeforeTheEndOnce) {
  Story story;
  story.Pay(1, kStart);
  const TimePoint due = kStart + kWeek - 48h;
  EXPECT_EQ(story.subscription.Remind(due - 1us), std::nullopt);
  EXPECT_EQ(story.subscription.Remind(due), Event::kReminderDue);
  EXPECT_TRUE(story.subscription.Expiring(due));
  EXPECT_EQ(story.subscription.SecondsRemaining(due), 172'800);
  EXPECT_EQ(story.subscription.Remind(due + 1h), std::nullopt);
}

TEST(Reminder, NoneWhenBoughtLessThanFortyEightHoursBeforeTheEnd) {
  Story story;
  story.Pay(1, kStart, 3600s);
  EXPECT_FALSE(story.subscription.reminder_at.has_value());
}

TEST(Reminder, ARenewalMovesIt) {
  Story story;
  story.Pay(1, kStart);
  story.subscription.Remind(kStart + kWeek - 48h);
  story.Pay(2, kStart + kWeek - 24h);
  EXPECT_EQ(story.subscription.reminder_at, kStart + 2 * kWeek - 48h);
}

TEST(Reminder, NoneWhileSuspendedNorAfterTheEnd) {
  Story story;
  story.Pay(1, kStart);
  Subscription late = story.subscription;
  EXPECT_EQ(late.Remind(kStart + kWeek), std::nullopt);  // the job slept over the end
  story.Become(1, Standing::kDisputed, kStart + 24h);
  EXPECT_FALSE(story.subscription.reminder_at.has_value());
}

}  // namespace
}  // namespace quittance::subscriptions

// Ends and reminders: due rows in sets, each once, whoever runs them.
#include <thread>

#include "services/subscriptions/usecases/expire_subscriptions.h"
#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;
using Status = SubscriptionStatus;

struct ExpiryTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    plan = NewPlan("signaux-weekly", kWeek);
  }
  // `count` users that paid now, with a membership each, written directly.
  void Fill(int count) {
    const std::string ten = tenant.uuid.Hex();
    const std::string start = FormatRfc3339(world.clock.Now());
    world.database.Admin(
        "INSERT INTO subscriptions (tenant_id, id, user_id, access, plan_code, status, current_period_start, current_period_end, "
        "reminder_at, version, created_at, updated_at) "
        "SELECT '" +
        ten + "', gen_random_uuid(), gen_random_uuid(), 'signaux', 'signaux-weekly', 'active', '" + start + "', '" + start +
        "'::timestamptz + interval '604800 s', '" + start + "'::timestamptz + interval '432000 s', 1, '" + start + "', '" + start +
        "' FROM generate_series(1, " + std::to_string(count) + ")");
    world.database.Admin("INSERT INTO subscription_periods SELECT tenant_id, gen_random_uuid(), id, user_id, '" + plan->id.uuid.Hex() +
                         "', plan_code, created_at, 604800, current_period_start, current_period_end, created_at FROM subscriptions");
    world.database.Admin(
        "INSERT INTO memberships (tenant_id, id, user_id, channel, state, desired, inside, invite_link, stale_link, invites, last_error, "
        "version, created_at, updated_at) "
        "SELECT tenant_id, gen_random_uuid(), user_id, 'default', 'member', true, true, '', '', 0, '', 1, created_at, created_at FROM "
        "subscriptions");
  }
  int ExpireAll() {
    int total = 0;
    while (const int count = world.Run(ExpireSubscriptions(deps))) total += count;
    return total;
  }
  int RemindAll() {
    int total = 0;
    while (const int count = world.Run(RemindSubscriptions(deps))) total += count;
    return total;
  }

  std::optional<Plan> plan;
};

TEST_F(ExpiryTest, ExpiresAtTheEndAndNotBefore) {
  const UserId user = NewUser();
  Pay(user, "signaux-weekly");
  world.clock.Advance(std::chrono::seconds(kWeek) - 1us);
  EXPECT_EQ(ExpireAll(), 0);
  world.clock.Advance(1us);
  EXPECT_EQ(ExpireAll(), 1);
  EXPECT_EQ(SubscriptionOf(user).status, Status::kExpired);
  EXPECT_EQ(SubscriptionOf(user).version, 2);
  EXPECT_EQ(Events("SubscriptionExpired"), 1);
}

TEST_F(ExpiryTest, M09_RenewalFirstMeansNoExpiry) {
  const UserId user = NewUser();
  Pay(user, "signaux-weekly");
  world.clock.Advance(std::chrono::seconds(kWeek) - 1s);
  const auto renewal = Succeeded(user, "signaux-weekly");
  world.clock.Advance(1s);
  Deliver<billing::v1::PaymentSucceeded>(renewal);
  EXPECT_EQ(ExpireAll(), 0);
  EXPECT_EQ(Events("SubscriptionExpired"), 0);
  EXPECT_EQ(Events("SubscriptionRenewed"), 1);
}

TEST_F(ExpiryTest, M09_RenewalAndExpiryInTheSameSecondNeverSayBoth) {
  for (int round = 0; round < 10; ++round) {
    world.Empty();
    plan = NewPlan("signaux-weekly", kWeek);
    const UserId user = NewUser();
    Pay(user, "signaux-weekly");
    const TimePoint old_end = SubscriptionOf(user).current_period_end;
    world.clock.Advance(std::chrono::seconds(kWeek) - 1s);
    const auto renewal = Succeeded(user, "signaux-weekly");
    world.clock.Advance(1s);
    std::thread expiry([&] { world.Run(ExpireSubscriptions(deps)); });
    std::thread paying([&] { Deliver<billing::v1::PaymentSucceeded>(renewal); });
    expiry.join();
    paying.join();
    EXPECT_EQ(SubscriptionOf(user).status, Status::kActive);
    EXPECT_EQ(SubscriptionOf(user).current_period_end, old_end + std::chrono::seconds(kWeek));
    EXPECT_EQ(Events("SubscriptionExpired") + Events("SubscriptionRenewed"), 1);  // expired first: then Activated, not Renewed
  }
}

TEST_F(ExpiryTest, J19_ASubscriptionThatIsHeldIsNotExpired) {
  const UserId user = NewUser();
  auto payment = Pay(user, "signaux-weekly");
  Become(payment, billing::v1::PaymentIntent::SUCCEEDED, "disputed");
  world.clock.Advance(std::chrono::seconds(kWeek));
  EXPECT_EQ(ExpireAll(), 0);
}

TEST_F(ExpiryTest, J09_OneReminderHoweverOftenTheJobRuns) {
  const UserId user = NewUser();
  Pay(user, "signaux-weekly");
  world.clock.Advance(std::chrono::seconds(kWeek) - 48h);
  std::vector<std::thread> replicas;
  for (int i = 0; i < 4; ++i) replicas.emplace_back([&] { world.Run(RemindSubscriptions(deps)); });
  for (auto& replica : replicas) replica.join();
  EXPECT_EQ(RemindAll(), 0);
  EXPECT_EQ(Events("SubscriptionReminderDue"), 1);
  EXPECT_EQ(SubscriptionOf(user).SecondsRemaining(world.clock.Now()), 172'800);
  EXPECT_TRUE(SubscriptionOf(user).Expiring(world.clock.Now()));
}

TEST_F(ExpiryTest, J09_TheSameEndIsNeverRemindedTwice) {
  const UserId user = NewUser();
  Pay(user, "signaux-weekly");
  world.clock.Advance(std::chrono::seconds(kWeek) - 48h);
  EXPECT_EQ(RemindAll(), 1);
  world.database.Admin("UPDATE subscriptions SET reminder_at = current_period_end - interval '48 hours'");  // as if it had been lost
  EXPECT_EQ(RemindAll(), 1);
  EXPECT_EQ(Events("SubscriptionReminderDue"), 1);
}

TEST_F(ExpiryTest, NoReminderForWhatIsShorterThanItsLead) {
  NewPlan("signaux-day", 86'400, "day");
  const UserId user = NewUser();
  Pay(user, "signaux-day");
  world.clock.Advance(23h);
  EXPECT_EQ(RemindAll(), 0);
}

TEST_F(ExpiryTest, J06_TheSchedulerSleptOverReminderAndEnd) {
  const UserId user = NewUser();
  Pay(user, "signaux-weekly");
  world.clock.Advance(std::chrono::seconds(kWeek) + 6h);
  EXPECT_EQ(RemindAll(), 1);  // taken, and dropped: the end came first
  EXPECT_EQ(Events("SubscriptionReminderDue"), 0);
  EXPECT_EQ(ExpireAll(), 1);
}

TEST_F(ExpiryTest, J01_AClaimTakesNoMoreThanItsLimit) {
  Fill(kExpireBatch + 200);
  world.clock.Advance(std::chrono::seconds(kWeek));
  EXPECT_EQ(world.Run(ExpireSubscriptions(deps)), kExpireBatch);
  EXPECT_EQ(world.Run(ExpireSubscriptions(deps)), 200);
}

TEST_F(ExpiryTest, J10_ReplicasShareTheWorkAndDoNothingTwice) {
  Fill(3000);
  world.clock.Advance(std::chrono::seconds(kWeek));
  std::atomic<int> total{0};
  std::vector<std::thread> replicas;
  for (int i = 0; i < 3; ++i) {
    replicas.emplace_back([&] {
      while (const int count = world.Run(ExpireSubscriptions(deps))) total += count;
    });
  }
  for (auto& replica : replicas) replica.join();
  total += ExpireAll();
  EXPECT_EQ(total, 3000);
  EXPECT_EQ(Events("SubscriptionExpired"), 3000);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM subscriptions WHERE status = 'expired' AND version = 2"), 3000);
}

TEST_F(ExpiryTest, J05_TenThousandEndsInSets) {
  Fill(10'000);
  world.clock.Advance(std::chrono::seconds(kWeek));
  EXPECT_EQ(ExpireAll(), 10'000);
  EXPECT_EQ(Events("SubscriptionExpired"), 10'000);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM memberships WHERE next_attempt_at IS NOT NULL"),
            10'000);  // woken in the same transactions
}

}  // namespace
}  // namespace quittance::subscriptions

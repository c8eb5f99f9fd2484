// The fence before a removal: money that has arrived or is under way keeps the member in, billing down keeps everybody in.
#include <algorithm>

#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;
using Kind = BotAnswer::Kind;

const std::string kMember = "42";

struct RemovalTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    NewPlan("signaux-weekly", kWeek);
    NewPlan("signaux-monthly", kMonth);
    NewPlan("cours", kWeek, "cours", {});
    user = NewUser();
    Pay(user, "signaux-weekly");
    BecomeMember(user, kMember);
    world.questions.clear();
  }
  void Wait(Duration by) {
    world.clock.Advance(by);
    Settle();
  }
  void ReachTheEnd() { Wait(std::chrono::seconds(kWeek)); }

  UserId user;
};

TEST_F(RemovalTest, BillingIsAskedAboutThePlansOfTheAccess) {
  ReachTheEnd();
  ASSERT_EQ(world.questions.size(), 1u);
  EXPECT_EQ(world.questions[0].plan_codes, (std::vector<std::string>{"signaux-monthly", "signaux-weekly"}));
  EXPECT_EQ(world.questions[0].users, std::vector<UserId>{user});
  EXPECT_LT(world.questions[0].succeeded_since, SubscriptionOf(user).current_period_end);
  EXPECT_EQ(StateOf(user), "removed");
}

TEST_F(RemovalTest, APauseThatAnotherReplicaWasToldHoldsTheRestOfABatch) {
  const UserId other = NewUser();
  Pay(other, "signaux-weekly");
  BecomeMember(other, "43");
  world.bot.Before("remove", [&] {
    world.database.Admin("INSERT INTO telegram_bots (tenant_id, paused_until) VALUES ('" + tenant.uuid.Hex() +
                         "', now() + interval '1 hour') ON CONFLICT (tenant_id) DO UPDATE SET paused_until = excluded.paused_until");
  });
  ReachTheEnd();
  EXPECT_EQ(world.bot.Calls("remove"), 1);
  world.database.Admin("UPDATE telegram_bots SET paused_until = now()");
  Settle();
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(StateOf(other), "removed");
}

TEST_F(RemovalTest, M09_APaymentWhoseEventIsStillOnItsWayKeepsTheMember) {
  world.clock.Advance(std::chrono::seconds(kWeek) - 1s);
  const auto renewal = Succeeded(user, "signaux-weekly");  // billing has it, we have not
  world.paid = {user};
  world.clock.Advance(1s);
  Settle();
  EXPECT_EQ(StateOf(user), "removing");
  EXPECT_EQ(world.bot.Calls("remove"), 0);
  Deliver<billing::v1::PaymentSucceeded>(renewal);
  Settle();
  EXPECT_EQ(StateOf(user), "member");
  EXPECT_EQ(world.bot.Calls("remove"), 0);
  EXPECT_EQ(Events("MemberRemoved"), 0);
}

TEST_F(RemovalTest, MoneyUnderWayDelaysByAnHourAtMost) {
  world.unsettled = {user};
  ReachTheEnd();
  for (int i = 0; i < 3; ++i) Wait(15min);
  EXPECT_EQ(StateOf(user), "removing");
  EXPECT_EQ(world.bot.Calls("remove"), 0);
  Wait(16min);
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_NE(std::find(world.alerts.begin(), world.alerts.end(), "removal_despite_money_under_way"), world.alerts.end());
}

TEST_F(RemovalTest, WhileBillingIsDownNobodyIsRemoved) {
  world.billing_down = true;
  ReachTheEnd();
  for (int i = 0; i < 10; ++i) Wait(30min);  // far beyond the hour
  EXPECT_EQ(StateOf(user), "removing");
  EXPECT_EQ(world.bot.Calls("remove"), 0);
  world.billing_down = false;
  Wait(1min);
  EXPECT_EQ(StateOf(user), "removed");
}

TEST_F(RemovalTest, APaymentThatIsAPeriodAlreadyDelaysNobody) {
  world.clock.Advance(1h);
  auto second = Pay(user, "signaux-weekly");
  world.clock.Advance(1h);
  Become(second, billing::v1::PaymentIntent::REFUNDED, "full_refund");
  Settle();
  world.clock.Advance(std::chrono::seconds(kWeek));
  Settle();
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(world.questions.size(), 1u);
}

TEST_F(RemovalTest, J19_ARenewalDuringTheQuestionStopsTheRemoval) {
  world.clock.Advance(std::chrono::seconds(kWeek) - 1s);
  const auto renewal = Succeeded(user, "signaux-weekly");
  world.clock.Advance(1s);
  const auto restore = deps.unsettled_payers;
  deps.unsettled_payers = [&](UnsettledQuery) -> Task<UnsettledPayers> {
    Deliver<billing::v1::PaymentSucceeded>(renewal);  // commits between the claim and the call
    co_return UnsettledPayers{};
  };
  Settle();
  deps.unsettled_payers = restore;
  EXPECT_EQ(StateOf(user), "member");
  EXPECT_EQ(world.bot.Calls("remove"), 0);
}

TEST_F(RemovalTest, ARemovalIsSeenToHaveWorked) {
  world.bot.Before("get_member", [&] { world.bot.members[kChat][kMember] = "member"; });  // Telegram said yes and did nothing
  ReachTheEnd();
  EXPECT_EQ(StateOf(user), "removing");
  Wait(10s);
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(world.bot.Calls("remove"), 2);
}

TEST_F(RemovalTest, FaultsAreTriedAgainWithoutLimit) {
  for (int i = 0; i < 12; ++i) world.bot.FailNext("remove", Kind::kTryAgain);
  ReachTheEnd();
  for (int i = 0; i < 40 && StateOf(user) != "removed"; ++i) Wait(5min);
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_NE(std::find(world.alerts.begin(), world.alerts.end(), "removal_slow"), world.alerts.end());
}

TEST_F(RemovalTest, AnAdministratorCannotBeRemoved) {
  world.bot.FailNext("remove", Kind::kRefused);
  ReachTheEnd();
  EXPECT_EQ(StateOf(user), "failed");
  EXPECT_NE(std::find(world.alerts.begin(), world.alerts.end(), "membership_refused"), world.alerts.end());
  const int calls = world.bot.Calls("remove");
  Wait(24h);
  EXPECT_EQ(world.bot.Calls("remove"), calls);
}

TEST_F(RemovalTest, QuestionsGoInSets) {
  std::vector<UserId> users;
  for (int i = 0; i < 250; ++i) {
    const UserId other = NewUser();
    Pay(other, "signaux-weekly");
    Link(other, std::to_string(1000 + i));
    users.push_back(other);
  }
  Settle();
  world.database.Admin(
      "UPDATE memberships SET state = 'member', inside = true, account = a.account, account_index = a.account_index FROM telegram_accounts "
      "a WHERE a.user_id = memberships.user_id");
  world.questions.clear();
  world.clock.Advance(std::chrono::seconds(kWeek));
  Settle();
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM memberships WHERE state = 'removed'"), 251);
  EXPECT_LE(world.questions.size(), 4u);
  for (const auto& question : world.questions) EXPECT_LE(question.users.size(), 200u);
}

}  // namespace
}  // namespace quittance::subscriptions

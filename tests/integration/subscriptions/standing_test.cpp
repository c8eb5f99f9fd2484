// What auth says of an account: frozen people are taken out and asked in again, of erased people nothing personal stays.
#include "quittance/auth/v1/auth_events.pb.h"
#include "services/subscriptions/api/person_lists.h"
#include "services/subscriptions/usecases/change_standing.h"
#include "tests/integration/subscriptions/fixture.h"
#include "tests/support/person_copy.h"

namespace quittance::subscriptions {
namespace {

const std::string kStandingMember = "4242424242";

struct StandingTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    NewPlan("signaux-monthly", kMonth);
    user = NewUser();
    Pay(user, "signaux-monthly");
    BecomeMember(user, kStandingMember);
  }
  template <class Message>
  void Tell(auth::v1::User::Status status, std::int64_t version) {
    Message message;
    message.mutable_user()->set_id(user.ToString());
    message.mutable_user()->set_locale("fr");
    message.mutable_user()->set_status(status);
    message.mutable_user()->set_version(version);
    const auto row = api::OnStanding<Message>(deps);
    const quittance::events::Event event{.id = world.ids.Next(),
                                         .tenant = tenant,
                                         .type = row.type,
                                         .key = user.ToString(),
                                         .sequence = version,
                                         .time = world.clock.Now(),
                                         .traceparent = {},
                                         .data = message.SerializeAsString()};
    world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) { row.handler(tx, event); });
    Settle();
  }
  std::int64_t Rows(const std::string& from) {
    return world.RawCount("SELECT count(*) FROM " + from + (from.find("WHERE") == std::string::npos ? " WHERE" : " AND") +
                          " tenant_id = '" + tenant.uuid.Hex() + "'");
  }

  UserId user;
};

TEST_F(StandingTest, ThePersonsCopyHasTheirAccessAndTheirTelegramAccount) {
  const UserId other = NewUser();
  Pay(other, "signaux-monthly");
  BecomeMember(other, "777000777");
  const auto copy = test::CopyOf(world.executor, api::PersonLists(deps), tenant, user);
  ASSERT_EQ(copy.at("subscriptions").size(), 1U);
  EXPECT_EQ(copy.at("subscriptions").at(0).at("plan_code"), "signaux-monthly");
  ASSERT_EQ(copy.at("memberships").size(), 1U);
  EXPECT_EQ(copy.at("memberships").at(0).at("state"), "MEMBER");
  ASSERT_EQ(copy.at("telegram_accounts").size(), 1U);
  EXPECT_EQ(copy.at("telegram_accounts").at(0).at("telegram_user_id"), kStandingMember);
  for (const auto& [kind, records] : copy) {
    for (const auto& record : records) {
      EXPECT_EQ(record.dump().find(other.ToString()), std::string::npos) << kind;
      EXPECT_EQ(record.dump().find("777000777"), std::string::npos) << kind;
    }
  }
  Tell<auth::v1::UserErased>(auth::v1::User::STATUS_ERASED, 10);
  const auto after = test::CopyOf(world.executor, api::PersonLists(deps), tenant, user);
  EXPECT_EQ(after.count("telegram_accounts"), 0U) << "erased: the books are what is left";
  EXPECT_EQ(after.at("subscriptions").size(), 1U);
}

TEST_F(StandingTest, A16_AFrozenMemberIsOutUntilTheAccountIsOpened) {
  Tell<auth::v1::UserFrozen>(auth::v1::User::STATUS_FROZEN, 10);
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(world.bot.Calls("remove"), 1);
  EXPECT_EQ(SubscriptionOf(user).status, SubscriptionStatus::kActive) << "the time that was paid for stays theirs";
  Tell<auth::v1::UserUnfrozen>(auth::v1::User::STATUS_ACTIVE, 11);
  EXPECT_EQ(StateOf(user), "invited");
  Tell<auth::v1::UserFrozen>(auth::v1::User::STATUS_FROZEN, 10);
  EXPECT_EQ(StateOf(user), "invited") << "an old event freezes nobody";
}

TEST_F(StandingTest, AnErasedMemberIsOutAndNothingPersonalStays) {
  EXPECT_EQ(Rows("telegram_accounts"), 1);
  for (int twice = 0; twice < 2; ++twice) Tell<auth::v1::UserErased>(auth::v1::User::STATUS_ERASED, 12);
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(world.bot.Calls("remove"), 1);
  while (world.Run(ForgetErased(deps)) > 0) {
  }
  EXPECT_EQ(Rows("telegram_accounts"), 0);
  EXPECT_EQ(Rows("telegram_link_tokens"), 0);
  EXPECT_EQ(Rows("memberships WHERE account IS NOT NULL"), 0);
  EXPECT_EQ(Rows("memberships WHERE account_index IS NOT NULL"), 0);
  EXPECT_EQ(Rows("subscriptions"), 1) << "the books stay";
  EXPECT_EQ(Rows("subscription_periods"), 1);
  EXPECT_EQ(Rows("audit_log WHERE action = 'ErasePerson'"), 1) << "twice is once";
  EXPECT_EQ(Rows("audit_log WHERE action = 'ForgetMember'"), 1);
  Tell<auth::v1::UserUnfrozen>(auth::v1::User::STATUS_ACTIVE, 11);
  EXPECT_EQ(StateOf(user), "removed") << "nobody comes back";
}

TEST_F(StandingTest, AnAccountIsKeptWhileTelegramHasNotTakenItOut) {
  world.billing_down = true;  // so that the removal waits
  Tell<auth::v1::UserErased>(auth::v1::User::STATUS_ERASED, 12);
  EXPECT_EQ(StateOf(user), "removing");
  EXPECT_EQ(world.Run(ForgetErased(deps)), 0);
  EXPECT_EQ(Rows("memberships WHERE account IS NOT NULL"), 1);
  world.billing_down = false;
  world.clock.Advance(std::chrono::minutes(1));
  Settle();
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(world.Run(ForgetErased(deps)), 1);
  EXPECT_EQ(Rows("memberships WHERE account IS NOT NULL"), 0);
}

}  // namespace
}  // namespace quittance::subscriptions

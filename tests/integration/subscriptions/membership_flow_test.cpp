// From a paid period to a member of the channel and out again, with Telegram's answers of all kinds.
#include <algorithm>

#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;
using Kind = BotAnswer::Kind;

const std::string kLongMember = "4503599627370495";
const std::string kStranger = "77";

struct MembershipFlowTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    NewPlan("signaux-weekly", kWeek);
    NewPlan("signaux-monthly", kMonth);
    user = NewUser();
  }
  bool HasAlert(const std::string& reason) { return std::find(world.alerts.begin(), world.alerts.end(), reason) != world.alerts.end(); }
  void Wait(Duration by) {
    world.clock.Advance(by);
    Settle();
  }

  UserId user;
};

TEST_F(MembershipFlowTest, PaidThenLinkedThenInvitedThenIn) {
  Pay(user, "signaux-weekly");
  Settle();
  EXPECT_EQ(StateOf(user), "none");  // nobody to write to yet
  EXPECT_TRUE(world.bot.calls.empty());

  Link(user, kLongMember);
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
  EXPECT_EQ(Events("MemberInvited"), 1);
  EXPECT_EQ(world.bot.Calls("lift_ban"), 1);
  ASSERT_EQ(world.bot.messages[kLongMember].size(), 2u);
  EXPECT_NE(world.bot.messages[kLongMember][0].find("est lié"), std::string::npos);
  EXPECT_NE(world.bot.messages[kLongMember][1].find("https://t.me/+link1"), std::string::npos);
  for (const auto& call : world.bot.calls) {
    if (call.method == "create_link") {
      EXPECT_TRUE(call.argument.starts_with("sub-") && call.argument.size() <= 32);
    }
  }

  AskToJoin(kLongMember);
  EXPECT_EQ(StateOf(user), "requested");
  Settle();
  EXPECT_EQ(StateOf(user), "member");
  EXPECT_EQ(world.bot.members[kChat][kLongMember], "member");
  EXPECT_EQ(Events("MemberJoined"), 1);
  EXPECT_TRUE(world.bot.links.empty());  // revoked after the join
}

TEST_F(MembershipFlowTest, LinkedFirstIsInvitedAtPayment) {
  Link(user, kLongMember);
  Pay(user, "signaux-weekly");
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
}

TEST_F(MembershipFlowTest, AStrangerIsDeclinedAlsoWithTheRightLink) {
  Pay(user, "signaux-weekly");
  Link(user, kLongMember);
  Settle();
  AskToJoin(kStranger);
  Settle();
  EXPECT_EQ(world.bot.Calls("approve"), 0);
  EXPECT_EQ(world.bot.Calls("decline"), 1);
  EXPECT_NE(world.bot.members[kChat][kStranger], "member");
  ASSERT_EQ(world.bot.messages[kStranger].size(), 1u);
  EXPECT_NE(world.bot.messages[kStranger][0].find("declined"), std::string::npos);
  EXPECT_EQ(StateOf(user), "invited");
}

TEST_F(MembershipFlowTest, LinkedButWithoutAccessIsDeclined) {
  Link(user, kLongMember);
  AskToJoin(kLongMember);
  Settle();
  EXPECT_EQ(world.bot.Calls("approve"), 0);
  EXPECT_EQ(world.bot.Calls("decline"), 1);
}

TEST_F(MembershipFlowTest, ARequestInAForeignChatIsNotOurs) {
  AskToJoin(kStranger, "-42");
  Settle();
  EXPECT_EQ(world.bot.Calls("decline"), 0);
}

TEST_F(MembershipFlowTest, RenewalWhileMemberNeedsNoCall) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  world.bot.calls.clear();
  world.clock.Advance(std::chrono::seconds(kWeek) - 1h);
  Pay(user, "signaux-monthly");
  Settle();
  Wait(2h);  // over the old end
  EXPECT_TRUE(world.bot.calls.empty());
  EXPECT_EQ(StateOf(user), "member");
  EXPECT_EQ(Events("MemberRemoved"), 0);
}

TEST_F(MembershipFlowTest, AtTheEndTheMemberIsTakenOutOnce) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  Wait(std::chrono::seconds(kWeek));
  EXPECT_EQ(StateOf(user), "removed");
  EXPECT_EQ(world.bot.Calls("remove"), 1);
  EXPECT_EQ(world.bot.members[kChat][kLongMember], "left");
  EXPECT_EQ(Events("MemberRemoved"), 1);
  EXPECT_EQ(
      Update(R"("chat_member":{"chat":{"id":)" + kChat + R"(},"new_chat_member":{"user":{"id":)" + kLongMember + R"(},"status":"left"}})"),
      200);
  Settle();
  EXPECT_EQ(Events("MemberRemoved"), 1);  // Telegram says it as well
  EXPECT_EQ(Events("MemberLeft"), 0);
}

TEST_F(MembershipFlowTest, DisputeTakesOutAndWinningInvitesBack) {
  auto payment = Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  Become(payment, billing::v1::PaymentIntent::SUCCEEDED, "disputed");
  Settle();
  EXPECT_EQ(StateOf(user), "removed");
  world.clock.Advance(72h);
  Become(payment, billing::v1::PaymentIntent::SUCCEEDED, "settled");
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
  AskToJoin(kLongMember);
  Settle();
  EXPECT_EQ(StateOf(user), "member");
}

TEST_F(MembershipFlowTest, WhoLeavesIsNotInvitedUntilTheyAsk) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  world.bot.calls.clear();
  Update(R"("chat_member":{"chat":{"id":)" + kChat + R"(},"new_chat_member":{"user":{"id":)" + kLongMember + R"(},"status":"left"}})");
  Settle();
  EXPECT_EQ(StateOf(user), "left_by_user");
  EXPECT_EQ(Events("MemberLeft"), 1);
  EXPECT_TRUE(world.bot.calls.empty());
  Update(R"("message":{"from":{"id":)" + kLongMember + R"(},"chat":{"id":)" + kLongMember + R"(,"type":"private"},"text":"/start"})");
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
}

TEST_F(MembershipFlowTest, ALinkThatLapsesIsMadeAgainThreeTimesAtMost) {
  Pay(user, "signaux-monthly");
  Link(user, kLongMember);
  Settle();
  for (int day = 0; day < 6; ++day) Wait(24h);
  EXPECT_EQ(Events("MemberInvited"), 3);
  EXPECT_EQ(StateOf(user), "none");
  EXPECT_TRUE(world.bot.links.empty());
}

TEST_F(MembershipFlowTest, TooManyRequestsPauseTheWholeBot) {
  Pay(user, "signaux-weekly");
  world.bot.FailNext("create_link", Kind::kPaused);
  Link(user, kLongMember);
  Settle();
  EXPECT_EQ(StateOf(user), "none");
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM telegram_bots WHERE paused_until > now()"), 1);
  EXPECT_EQ(world.RawCount("SELECT tries FROM memberships"), 0);  // it is not a failure
  world.database.Admin("UPDATE telegram_bots SET paused_until = now()");
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
}

TEST_F(MembershipFlowTest, AChannelWithoutItsBotIsBlockedAndComesBack) {
  Pay(user, "signaux-weekly");
  world.bot.FailNext("create_link", Kind::kBlocked);
  Link(user, kLongMember);
  Settle();
  EXPECT_EQ(StateOf(user), "blocked_config");
  EXPECT_EQ(Events("MembershipBlocked"), 1);
  EXPECT_TRUE(HasAlert("membership_blocked"));
  const int calls = world.bot.Calls("create_link");
  Wait(5min);
  EXPECT_EQ(world.bot.Calls("create_link"), calls);  // no tries are burnt
  Update(R"("my_chat_member":{"chat":{"id":)" + kChat +
         R"(},"new_chat_member":{"user":{"id":1},"status":"administrator","can_invite_users":true,"can_restrict_members":true}})");
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
}

TEST_F(MembershipFlowTest, TheBotIsThrownOutAndTakenBack) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  Update(R"("my_chat_member":{"chat":{"id":)" + kChat + R"(},"new_chat_member":{"user":{"id":1},"status":"kicked"}})");
  EXPECT_EQ(StateOf(user), "blocked_config");
  EXPECT_EQ(Events("MembershipBlocked"), 1);
  Update(R"("my_chat_member":{"chat":{"id":)" + kChat +
         R"(},"new_chat_member":{"user":{"id":1},"status":"administrator","can_invite_users":true,"can_restrict_members":true}})");
  Settle();
  EXPECT_EQ(StateOf(user), "member");  // seen to be in: not invited again
  EXPECT_EQ(world.bot.Calls("create_link"), 1);
}

TEST_F(MembershipFlowTest, AMissingChannelSettingBlocksUntilItIsSet) {
  NewPlan("vip", kWeek, "vip", {"vip"});
  Link(user, kLongMember);
  Pay(user, "vip");
  Settle();
  EXPECT_EQ(world.RawText("SELECT state || ' ' || last_error FROM memberships"), "blocked_config setting_missing: telegram.channel.vip");
  Put("telegram.channel.vip", "-1009");
  Wait(61s);
  EXPECT_EQ(world.RawText("SELECT state FROM memberships"), "invited");
}

TEST_F(MembershipFlowTest, ANewChannelSettingIsForNewMembers) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  Put("telegram.channel.default", "-1002");
  const UserId other = NewUser();
  Pay(other, "signaux-weekly");
  Link(other, "78");
  Settle();
  AskToJoin("78", "-1002");
  Settle();
  EXPECT_EQ(world.bot.members["-1002"]["78"], "member");
  Wait(std::chrono::seconds(kWeek));
  EXPECT_EQ(world.bot.members[kChat][kLongMember], "left");  // out of where they were
  EXPECT_EQ(world.bot.members["-1002"]["78"], "left");
}

TEST_F(MembershipFlowTest, AChatThatMovedTakesItsSettingAlong) {
  Pay(user, "signaux-weekly");
  world.bot.FailNext("create_link", Kind::kMoved, "-1007");
  Link(user, kLongMember);
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
  EXPECT_EQ(world.bot.Calls("create_link"), 2);
  AskToJoin(kLongMember, "-1007");
  Settle();
  EXPECT_EQ(world.bot.members["-1007"][kLongMember], "member");
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM audit_log WHERE action = 'PutSetting' AND actor = 'system:drive_memberships'"), 1);
}

TEST_F(MembershipFlowTest, SomebodyElsesTelegramAccountIsRefused) {
  Link(user, kLongMember);
  const UserId other = NewUser();
  Link(other, kLongMember);
  Settle();
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM telegram_accounts"), 1);
  EXPECT_NE(world.bot.messages[kLongMember].back().find("déjà lié"), std::string::npos);
}

TEST_F(MembershipFlowTest, ANewTelegramAccountMovesTheMemberOver) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  world.bot.calls.clear();
  Link(user, "78");
  Settle();
  EXPECT_EQ(world.bot.members[kChat][kLongMember], "left");
  EXPECT_TRUE(world.questions.empty());  // still entitled: billing has nothing to say
  EXPECT_EQ(StateOf(user), "invited");
  AskToJoin("78");
  Settle();
  EXPECT_EQ(world.bot.members[kChat]["78"], "member");
}

TEST_F(MembershipFlowTest, ARequestThatIsGoneIsLookedAt) {
  Pay(user, "signaux-weekly");
  Link(user, kLongMember);
  Settle();
  AskToJoin(kLongMember);
  world.bot.pending.clear();
  world.bot.members[kChat][kLongMember] = "member";  // an administrator was faster
  Settle();
  EXPECT_EQ(StateOf(user), "member");
}

TEST_F(MembershipFlowTest, WhoeverCannotBeWrittenToIsLeftToTheMail) {
  Pay(user, "signaux-weekly");
  world.bot.FailNext("send", Kind::kUnreachable);
  world.bot.FailNext("send", Kind::kUnreachable);
  Link(user, kLongMember);
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
  EXPECT_EQ(Events("MemberInvited"), 1);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM telegram_messages"), 0);
}

TEST_F(MembershipFlowTest, NoTelegramIdIsStoredOrPublishedInClear) {
  Pay(user, "signaux-weekly");
  BecomeMember(user, kLongMember);
  for (const std::string table : {"memberships", "telegram_accounts", "telegram_updates", "telegram_join_requests", "telegram_messages",
                                  "settings", "audit_log", "outbox"}) {
    for (const std::string& secret : {kLongMember, kChat, std::string("secret-token")}) {
      EXPECT_EQ(world.RawCount("SELECT count(*) FROM " + table + " t WHERE position('" + secret + "' in t::text) > 0"), 0) << table;
      EXPECT_EQ(
          world.RawCount("SELECT count(*) FROM " + table + " t WHERE position(encode('" + secret + "'::bytea, 'hex') in t::text) > 0"), 0)
          << table;
    }
  }
}

}  // namespace
}  // namespace quittance::subscriptions

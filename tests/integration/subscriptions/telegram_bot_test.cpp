// TelegramBot on the wire, against the sandbox's Bot API; and what the sandbox posts, read as updates.
#include "services/subscriptions/membership/telegram_bot.h"

#include "services/subscriptions/membership/update.h"
#include "tests/integration/sandbox/sandbox_fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;
using Kind = BotAnswer::Kind;
using sandbox::Json;

class TelegramBotTest : public sandbox::SandboxTest {
 protected:
  TelegramBotTest() {
    const Json webhook = {{"url", HookUrl()},
                          {"secret_token", "s3cret"},
                          {"allowed_updates", {"message", "chat_join_request", "chat_member", "my_chat_member"}}};
    EXPECT_EQ(Call("POST", std::string("/telegram/bot") + std::string(token_.Reveal()) + "/setWebhook", webhook.dump(),
                   {{"Content-Type", "application/json"}})
                  .status,
              200);
  }
  template <class T>
  T Run(Task<T> task) {
    return async::RunSync(executor_, std::move(task));
  }
  BotUpdate Update(std::size_t index) { return ParseUpdate(Arrived(index + 1).at(index).body).value(); }
  void Fault(const std::string& kind) { EXPECT_EQ(Control("fault", {{"target", "telegram"}, {"kind", kind}, {"count", 1}}).status, 200); }

  const Secret token_{"123456:test_token"};
  const BotChat chat_{token_, "-1001"};
  const std::string member_ = "7";
  TelegramBot bot_{client_, Url("/telegram")};
};

TEST_F(TelegramBotTest, FromTheLinkToTheChannelAndOut) {
  EXPECT_TRUE(Run(bot_.UnbanMember(chat_, member_, true)).ok());
  const BotAnswer link = Run(bot_.CreateJoinRequestLink(chat_, "sub-0123456789ab", clock_.Now() + 24h));
  ASSERT_TRUE(link.ok()) << link.error;
  EXPECT_TRUE(link.value.starts_with("https://t.me/"));

  Control("telegram", {{"action", "join_request"}, {"user", 7}, {"chat", -1001}, {"link", link.value}});
  const BotUpdate request = Update(0);
  EXPECT_EQ(request.kind, BotUpdate::Kind::kJoinRequest);
  EXPECT_EQ(request.chat, chat_.chat);
  EXPECT_EQ(request.account, member_);

  EXPECT_EQ(Run(bot_.GetMember(chat_, member_)).value, "left");
  EXPECT_EQ(Run(bot_.ApproveJoinRequest(chat_, member_)).kind, Kind::kDone);
  EXPECT_EQ(Run(bot_.ApproveJoinRequest(chat_, member_)).kind, Kind::kAlready);
  EXPECT_TRUE(IsInside(Run(bot_.GetMember(chat_, member_)).value));
  const BotUpdate joined = Update(1);
  EXPECT_EQ(joined.kind, BotUpdate::Kind::kMember);
  EXPECT_EQ(joined.status, "member");
  EXPECT_TRUE(Run(bot_.RevokeLink(chat_, link.value)).ok());

  EXPECT_TRUE(Run(bot_.UnbanMember(chat_, member_, true)).ok());  // lifts a ban, never touches a member
  EXPECT_TRUE(IsInside(Run(bot_.GetMember(chat_, member_)).value));
  EXPECT_TRUE(Run(bot_.UnbanMember(chat_, member_, false)).ok());
  EXPECT_TRUE(Run(bot_.UnbanMember(chat_, member_, false)).ok());  // again: the same
  EXPECT_FALSE(IsInside(Run(bot_.GetMember(chat_, member_)).value));
  EXPECT_EQ(Update(2).status, "left");
}

TEST_F(TelegramBotTest, AStrangersRequestIsDeclined) {
  const BotAnswer link = Run(bot_.CreateJoinRequestLink(chat_, "sub-1", clock_.Now() + 24h));
  Control("telegram", {{"action", "join_request"}, {"user", 9}, {"chat", -1001}, {"link", link.value}});
  EXPECT_TRUE(Run(bot_.DeclineJoinRequest(chat_, "9")).ok());
  EXPECT_EQ(Run(bot_.ApproveJoinRequest(chat_, "9")).kind, Kind::kNotPending);
  EXPECT_EQ(Run(bot_.ApproveJoinRequest(chat_, "10")).kind, Kind::kNeverAsked);
}

TEST_F(TelegramBotTest, MessagesAndTheBotsName) {
  EXPECT_EQ(Run(bot_.GetName(token_)).value, "sandbox_123456_bot");
  EXPECT_EQ(Run(bot_.SendMessage({token_, "8"}, "bonjour")).kind, Kind::kUnreachable);
  Control("telegram", {{"action", "start"}, {"user", 8}, {"payload", "token-1"}});
  const BotUpdate start = Update(0);
  EXPECT_EQ(start.kind, BotUpdate::Kind::kStart);
  EXPECT_EQ(start.token, "token-1");
  EXPECT_TRUE(Run(bot_.SendMessage({token_, start.reply_chat}, "bonjour")).ok());
}

TEST_F(TelegramBotTest, ABotThatWasThrownOut) {
  Run(bot_.CreateJoinRequestLink(chat_, "sub-1", clock_.Now() + 24h));
  Control("telegram", {{"action", "kick_bot"}, {"chat", -1001}});
  EXPECT_EQ(Run(bot_.CreateJoinRequestLink(chat_, "sub-2", clock_.Now() + 24h)).kind, Kind::kBlocked);
  const BotUpdate rights = Update(0);
  EXPECT_EQ(rights.kind, BotUpdate::Kind::kOwnRights);
  EXPECT_FALSE(rights.may_act);
}

TEST_F(TelegramBotTest, FaultsOfTheNetworkAreTriedAgain) {
  Fault("429");
  const BotAnswer paused = Run(bot_.GetName(token_));
  EXPECT_EQ(paused.kind, Kind::kPaused);
  EXPECT_GE(paused.retry_after, 1s);
  Fault("500");
  EXPECT_EQ(Run(bot_.GetName(token_)).kind, Kind::kTryAgain);
  Fault("reset");
  EXPECT_EQ(Run(bot_.GetName(token_)).kind, Kind::kTryAgain);
  EXPECT_TRUE(Run(bot_.GetName(token_)).ok());
}

}  // namespace
}  // namespace quittance::subscriptions

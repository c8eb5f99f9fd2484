// Telegram as the sandbox speaks it: links, join requests, members, messages, errors.
#include "tests/integration/sandbox/sandbox_fixture.h"

namespace quittance::sandbox {
namespace {

constexpr const char* kToken = "123456:test_token";

class TelegramTest : public SandboxTest {
 protected:
  TelegramTest() {
    Bot("setWebhook", {{"url", HookUrl()},
                       {"secret_token", "s3cret"},
                       {"allowed_updates", {"message", "chat_join_request", "chat_member", "my_chat_member"}}});
  }
  Answer Bot(const std::string& method, const Json& params) {
    return Call("POST", std::string("/telegram/bot") + kToken + "/" + method, params.dump(), {{"Content-Type", "application/json"}});
  }
  Answer Play(Json command) { return Control("telegram", command); }
  std::string Link(bool request = true) {
    return Bot("createChatInviteLink", {{"chat_id", -1001}, {"name", "sub-1"}, {"creates_join_request", request}})
        .body.at("result")
        .at("invite_link");
  }
  std::string Error(const std::string& method, const Json& params) { return Bot(method, params).body.value("description", ""); }
  Json Update(std::size_t index) { return Json::parse(Arrived(index + 1).at(index).body); }
};

TEST_F(TelegramTest, StartReachesTheWebhookWithTheSecret) {
  EXPECT_EQ(Play({{"action", "start"}, {"user", 7}, {"payload", "token-1"}}).status, 200);
  EXPECT_EQ(Update(0).at("message").at("text"), "/start token-1");
  EXPECT_EQ(Update(0).at("message").at("from").at("id"), 7);
  EXPECT_EQ(Arrived(1).at(0).HeaderValue("x-telegram-bot-api-secret-token"), "s3cret");
  EXPECT_EQ(Bot("sendMessage", {{"chat_id", 7}, {"text", "hello"}}).body.at("ok"), true);
  EXPECT_EQ(Error("sendMessage", {{"chat_id", 8}, {"text", "hello"}}), "Forbidden: bot can't initiate conversation with a user");
  Play({{"action", "block"}, {"user", 7}});
  EXPECT_EQ(Error("sendMessage", {{"chat_id", 7}, {"text", "hello"}}), "Forbidden: bot was blocked by the user");
}

TEST_F(TelegramTest, AJoinRequestIsApprovedAndTheMemberIsTakenOut) {
  const std::string link = Link();
  EXPECT_EQ(Play({{"action", "join_request"}, {"user", 7}, {"chat", -1001}, {"link", link}}).status, 200);
  const Json request = Update(0).at("chat_join_request");
  EXPECT_EQ(request.at("chat").at("id"), -1001);
  EXPECT_EQ(request.at("invite_link").at("name"), "sub-1");
  EXPECT_EQ(Bot("sendMessage", {{"chat_id", 7}, {"text", "in the window"}}).status, 200);
  EXPECT_EQ(Bot("approveChatJoinRequest", {{"chat_id", -1001}, {"user_id", 7}}).body.at("result"), true);
  EXPECT_EQ(Update(1).at("chat_member").at("new_chat_member").at("status"), "member");
  EXPECT_EQ(Update(1).at("chat_member").at("via_join_request"), true);
  EXPECT_EQ(Error("approveChatJoinRequest", {{"chat_id", -1001}, {"user_id", 7}}), "Bad Request: USER_ALREADY_PARTICIPANT");
  EXPECT_EQ(Items("telegram/members?chat=-1001").at(0).at("status"), "member");

  EXPECT_EQ(Bot("unbanChatMember", {{"chat_id", -1001}, {"user_id", 7}, {"only_if_banned", true}}).status, 200);
  EXPECT_EQ(Bot("getChatMember", {{"chat_id", -1001}, {"user_id", 7}}).body.at("result").at("status"), "member");
  EXPECT_EQ(Bot("unbanChatMember", {{"chat_id", -1001}, {"user_id", 7}}).status, 200);
  EXPECT_EQ(Bot("unbanChatMember", {{"chat_id", -1001}, {"user_id", 7}}).status, 200);  // idempotent
  EXPECT_EQ(Bot("getChatMember", {{"chat_id", -1001}, {"user_id", 7}}).body.at("result").at("status"), "left");
  EXPECT_EQ(Update(2).at("chat_member").at("new_chat_member").at("status"), "left");
}

TEST_F(TelegramTest, DeclinedRevokedAndExpiredDoNotJoin) {
  const std::string link = Link();
  Play({{"action", "join_request"}, {"user", 9}, {"link", link}});
  EXPECT_EQ(Bot("declineChatJoinRequest", {{"chat_id", -1001}, {"user_id", 9}}).status, 200);
  EXPECT_EQ(Error("approveChatJoinRequest", {{"chat_id", -1001}, {"user_id", 9}}), "Bad Request: HIDE_REQUESTER_MISSING");
  EXPECT_EQ(Error("approveChatJoinRequest", {{"chat_id", -1001}, {"user_id", 10}}), "Bad Request: USER_ID_INVALID");
  EXPECT_EQ(Bot("revokeChatInviteLink", {{"chat_id", -1001}, {"invite_link", link}}).body.at("result").at("is_revoked"), true);
  EXPECT_EQ(Play({{"action", "join_request"}, {"user", 9}, {"link", link}}).status, 400);
  const std::string brief =
      Bot("createChatInviteLink", {{"chat_id", -1001}, {"creates_join_request", true}, {"expire_date", 1'700'000'060}})
          .body.at("result")
          .at("invite_link");
  clock_.Advance(std::chrono::seconds(60));
  EXPECT_EQ(Play({{"action", "join_request"}, {"user", 9}, {"link", brief}}).status, 400);
  EXPECT_EQ(Play({{"action", "join_request"}, {"user", 9}, {"link", "https://t.me/+unknown"}}).status, 404);
  EXPECT_EQ(Bot("createChatInviteLink", {{"chat_id", -1001}, {"creates_join_request", true}, {"member_limit", 1}}).status, 400);
}

TEST_F(TelegramTest, AKickedBotMayDoNothing) {
  Link();
  EXPECT_EQ(Play({{"action", "kick_bot"}, {"chat", -1001}}).status, 200);
  EXPECT_EQ(Update(0).at("my_chat_member").at("new_chat_member").at("status"), "kicked");
  EXPECT_EQ(Error("getChatMember", {{"chat_id", -1001}, {"user_id", 7}}), "Forbidden: bot was kicked from the channel chat");
  EXPECT_EQ(Play({{"action", "add_bot"}, {"chat", -1001}}).status, 200);
  EXPECT_EQ(Bot("getChatMember", {{"chat_id", -1001}, {"user_id", 7}}).status, 200);
}

TEST_F(TelegramTest, ChatMemberUpdatesComeOnlyWhereTheyWereAskedFor) {
  Bot("setWebhook", {{"url", HookUrl()}, {"secret_token", "s3cret"}, {"allowed_updates", Json::array()}});
  Play({{"action", "join_request"}, {"user", 7}, {"link", Link(false)}});
  EXPECT_EQ(Items("telegram/members?chat=-1001").size(), 1U);
  Play({{"action", "start"}, {"user", 7}});
  EXPECT_TRUE(Update(0).contains("message"));
}

TEST_F(TelegramTest, ErrorsAreTelegrams) {
  EXPECT_EQ(Call("GET", "/telegram/bot123456:test_token/getMe").body.at("result").at("is_bot"), true);
  EXPECT_EQ(Call("GET", "/telegram/botnonsense/getMe").status, 404);
  EXPECT_EQ(Error("getChatMember", {{"chat_id", "nowhere"}, {"user_id", 1}}), "Bad Request: chat not found");
  EXPECT_EQ(Error("setWebhook", {{"url", HookUrl()}, {"secret_token", "not allowed!"}}),
            "Bad Request: secret token contains unallowed characters");
  Control("fault", {{"target", "telegram"}, {"kind", "429"}, {"count", 1}, {"retry_after", 7}});
  const Answer limited = Bot("getMe", Json::object());
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.body.at("parameters").at("retry_after"), 7);
  EXPECT_EQ(limited.body.at("description"), "Too Many Requests: retry after 7");
  EXPECT_EQ(Bot("getMe", Json::object()).status, 200);
}

}  // namespace
}  // namespace quittance::sandbox

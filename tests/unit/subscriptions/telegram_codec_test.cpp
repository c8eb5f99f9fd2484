// Telegram's answers, by the texts that its server is known to send.
#include "services/subscriptions/membership/telegram_codec.h"

#include <gtest/gtest.h>

namespace quittance::subscriptions::telegram {
namespace {

using Kind = BotAnswer::Kind;

BotAnswer Refused(int code, const std::string& description, const std::string& more = "") {
  return ParseAnswer(code, R"({"ok":false,"error_code":)" + std::to_string(code) + R"(,"description":")" + description + "\"" + more + "}",
                     "");
}

TEST(TelegramAnswer, ValuesOfResults) {
  EXPECT_EQ(ParseAnswer(200, R"({"ok":true,"result":true})", "").kind, Kind::kDone);
  EXPECT_EQ(ParseAnswer(200, R"({"ok":true,"result":{"invite_link":"https://t.me/+x"}})", "invite_link").value, "https://t.me/+x");
  EXPECT_EQ(ParseAnswer(200, R"({"ok":true,"result":{"status":"left"}})", "status").value, "left");
  EXPECT_EQ(ParseAnswer(200, R"({"ok":true,"result":{"status":"restricted","is_member":true}})", "status").value, "restricted");
  EXPECT_EQ(ParseAnswer(200, R"({"ok":true,"result":{"status":"restricted","is_member":false}})", "status").value, "left");
  EXPECT_EQ(ParseAnswer(200, R"({"ok":true,"result":{}})", "status").kind, Kind::kTryAgain);
}

TEST(TelegramAnswer, TooManyRequestsPausesAsLongAsItSays) {
  const auto answer = Refused(429, "Too Many Requests: retry after 17", R"(,"parameters":{"retry_after":17})");
  EXPECT_EQ(answer.kind, Kind::kPaused);
  EXPECT_EQ(answer.retry_after.count(), 17);
  EXPECT_EQ(Refused(429, "Too Many Requests", R"(,"parameters":{"retry_after":999999999})").retry_after.count(), 3600);
}

TEST(TelegramAnswer, EveryRowOfTheErrorTable) {
  EXPECT_EQ(Refused(400, "Bad Request: USER_ID_INVALID").kind, Kind::kNeverAsked);
  EXPECT_EQ(Refused(400, "Bad Request: HIDE_REQUESTER_MISSING").kind, Kind::kNotPending);
  EXPECT_EQ(Refused(400, "Bad Request: USER_ALREADY_PARTICIPANT").kind, Kind::kAlready);
  EXPECT_EQ(Refused(400, "Bad Request: PARTICIPANT_ID_INVALID").kind, Kind::kTryAgain);
  EXPECT_EQ(Refused(400, "Bad Request: user is an administrator of the chat").kind, Kind::kRefused);
  EXPECT_EQ(Refused(400, "Bad Request: chat not found").kind, Kind::kBlocked);
  EXPECT_EQ(Refused(400, "Bad Request: not enough rights to restrict/unrestrict chat member").kind, Kind::kBlocked);
  EXPECT_EQ(Refused(403, "Forbidden: bot was kicked from the channel chat").kind, Kind::kBlocked);
  EXPECT_EQ(Refused(403, "Forbidden: bot is not a member of the channel chat").kind, Kind::kBlocked);
  EXPECT_EQ(Refused(403, "Forbidden: bot was blocked by the user").kind, Kind::kUnreachable);
  EXPECT_EQ(Refused(403, "Forbidden: user is deactivated").kind, Kind::kUnreachable);
  EXPECT_EQ(Refused(403, "Forbidden: bot can't initiate conversation with a user").kind, Kind::kUnreachable);
  EXPECT_EQ(Refused(401, "Unauthorized").kind, Kind::kUnauthorized);
  EXPECT_EQ(Refused(500, "Internal Server Error").kind, Kind::kTryAgain);
  const auto moved =
      Refused(400, "Bad Request: group chat was upgraded to a supergroup chat", R"(,"parameters":{"migrate_to_chat_id":-1001234567890})");
  EXPECT_EQ(moved.kind, Kind::kMoved);
  EXPECT_EQ(moved.value, "-1001234567890");
}

TEST(TelegramAnswer, WhatNobodyKnowsIsTriedAgain) {
  EXPECT_EQ(Refused(400, "Bad Request: something new").kind, Kind::kTryAgain);
  for (const char* body :
       {"", "{", "null", "[]", "<html>", R"({"ok":"yes"})", R"({"ok":false,"parameters":7})", R"({"ok":false,"error_code":"x"})"}) {
    EXPECT_EQ(ParseAnswer(502, body, "").kind, Kind::kTryAgain) << body;
  }
}

}  // namespace
}  // namespace quittance::subscriptions::telegram

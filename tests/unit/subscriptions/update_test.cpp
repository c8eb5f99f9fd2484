// Updates of the bot: what is understood, and what is not guessed.
#include "services/subscriptions/membership/update.h"

#include <gtest/gtest.h>

namespace quittance::subscriptions {
namespace {

using Kind = BotUpdate::Kind;

TEST(ParseUpdate, StartWithAToken) {
  const auto update = ParseUpdate(R"({"update_id":7,"message":{"message_id":1,"from":{"id":42,"language_code":"fr-CA"},"chat":)"
                                  R"({"id":42,"type":"private"},"text":"/start abc_DEF-1"}})");
  ASSERT_TRUE(update);
  EXPECT_EQ(update->update_id, 7);
  EXPECT_EQ(update->kind, Kind::kStart);
  EXPECT_EQ(update->account, "42");
  EXPECT_EQ(update->token, "abc_DEF-1");
  EXPECT_EQ(update->locale, "fr");
}

TEST(ParseUpdate, StartOnlyInAPrivateChatAndOnlyAsAWord) {
  EXPECT_EQ(ParseUpdate(R"({"update_id":1,"message":{"from":{"id":4},"chat":{"id":-5,"type":"supergroup"},"text":"/start x"}})")->kind,
            Kind::kUnknown);
  EXPECT_EQ(ParseUpdate(R"({"update_id":1,"message":{"from":{"id":4},"chat":{"id":4,"type":"private"},"text":"/starter"}})")->kind,
            Kind::kUnknown);
  EXPECT_EQ(ParseUpdate(R"({"update_id":1,"message":{"from":{"id":4},"chat":{"id":4,"type":"private"},"text":"/start"}})")->kind,
            Kind::kStart);
}

TEST(ParseUpdate, JoinRequestKeepsTheChatToAnswerIn) {
  const auto update = ParseUpdate(R"({"update_id":8,"chat_join_request":{"chat":{"id":-1001234567890,"type":"channel"},"from":)"
                                  R"({"id":4503599627370495},"user_chat_id":43,"date":1,"query_id":"new"}})");
  ASSERT_TRUE(update);
  EXPECT_EQ(update->kind, Kind::kJoinRequest);
  EXPECT_EQ(update->chat, "-1001234567890");
  EXPECT_EQ(update->account, "4503599627370495");
  EXPECT_EQ(update->reply_chat, "43");
}

TEST(ParseUpdate, MemberAndOwnRights) {
  auto update = ParseUpdate(R"({"update_id":9,"chat_member":{"chat":{"id":-1},"from":{"id":9},"new_chat_member":)"
                            R"({"user":{"id":5},"status":"restricted","is_member":false}}})");
  EXPECT_EQ(update->kind, Kind::kMember);
  EXPECT_EQ(update->status, "left");
  update = ParseUpdate(R"({"update_id":10,"my_chat_member":{"chat":{"id":-1},"new_chat_member":)"
                       R"({"user":{"id":1},"status":"administrator","can_invite_users":true,"can_restrict_members":true}}})");
  EXPECT_EQ(update->kind, Kind::kOwnRights);
  EXPECT_TRUE(update->may_act);
  update = ParseUpdate(R"({"update_id":11,"my_chat_member":{"chat":{"id":-1},"new_chat_member":{"user":{"id":1},"status":"kicked"}}})");
  EXPECT_FALSE(update->may_act);
}

TEST(ParseUpdate, UnknownKindsAndMissingFieldsAreUnknown) {
  EXPECT_EQ(ParseUpdate(R"({"update_id":1,"poll":{}})")->kind, Kind::kUnknown);
  EXPECT_EQ(ParseUpdate(R"({"update_id":1,"chat_join_request":{"chat":{"id":"x"},"from":{}}})")->kind, Kind::kUnknown);
  EXPECT_EQ(ParseUpdate(R"({"update_id":1,"chat_member":null})")->kind, Kind::kUnknown);
}

TEST(ParseUpdate, WhatIsNotAnUpdate) {
  for (const std::string& body : {std::string(), std::string("{"), std::string("[]"), std::string("{}"),
                                  std::string(R"({"update_id":"1"})"), std::string(100'000, '['), std::string("\xff\xfe")}) {
    EXPECT_FALSE(ParseUpdate(body).has_value());
  }
}

}  // namespace
}  // namespace quittance::subscriptions

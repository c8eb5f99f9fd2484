// The bot speaks both languages, and every text has a stored name of its own.
#include "services/subscriptions/domain/bot_text.h"

#include <gtest/gtest.h>

#include <set>

namespace quittance::subscriptions {
namespace {

TEST(BotText, EveryTextHasBothLanguagesAndAName) {
  std::set<std::string_view> names;
  for (const BotText text : kBotTexts) {
    EXPECT_TRUE(names.insert(Name(text)).second);
    const std::string french = Render(text, "fr", "");
    const std::string english = Render(text, "en", "");
    EXPECT_FALSE(french.empty());
    EXPECT_FALSE(english.empty());
    EXPECT_NE(french, english);
    EXPECT_LT(french.size(), 1000u);
  }
}

TEST(BotText, TheInviteEndsWithItsLink) {
  EXPECT_TRUE(Render(BotText::kInvite, "fr", "https://t.me/+abc").ends_with("\nhttps://t.me/+abc"));
}

}  // namespace
}  // namespace quittance::subscriptions

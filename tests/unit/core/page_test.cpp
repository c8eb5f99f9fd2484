// Page sizes and tokens: a token is ours or it is refused.
#include "common/core/page.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace quittance {
namespace {

const Uuid kLast = *Uuid::Parse("0193f2a4c1d27e3a8b4c5d6e7f809102");

TEST(Page, SizesAreDefaultedRefusedAndCapped) {
  EXPECT_EQ(ParsePage(0, "")->size, 50);
  EXPECT_EQ(ParsePage(7, "")->size, 7);
  EXPECT_EQ(ParsePage(100'000, "")->size, 200);
  EXPECT_EQ(ParsePage(0, "", 20)->size, 20);
  EXPECT_EQ(ParsePage(-1, "").error().fields.front().field, "page_size");
}

TEST(Page, ATokenComesBackAsThePositionItNames) {
  const auto first = ParsePage(2, "");
  const std::string token = NextPageToken(*first, 2, kLast);
  const auto second = ParsePage(2, token);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->after, kLast);
  EXPECT_EQ(NextPageToken(*second, 1, kLast), "") << "a page that is not full is the last";
}

TEST(Page, RefusesTokensThatAreNotOurs) {
  const std::string token = NextPageToken({2, std::nullopt}, 2, kLast);
  std::string changed = token;
  changed[5] = changed[5] == 'A' ? 'B' : 'A';
  for (const std::string& text :
       {changed, token + "A", token.substr(1), std::string("AAAAAAAAAAAAAAAAAAAAAAAA"), std::string("!"), token.substr(0, 23) + "="}) {
    EXPECT_EQ(ParsePage(2, text).error().fields.front().field, "page_token") << text;
  }
}

RC_GTEST_PROP(Page, TokensAreUrlSafeAndRoundTrip, ()) {
  Uuid last;
  for (auto& byte : last.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  const std::string token = NextPageToken({1, std::nullopt}, 1, last);
  RC_ASSERT(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
  RC_ASSERT(ParsePage(1, token)->after == last);
}

}  // namespace
}  // namespace quittance

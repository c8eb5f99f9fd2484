// Text from outside: what is let through towards SQL and logs, and what is refused with field and rule.
#include "common/core/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace quittance {
namespace {

TEST(RequestId, I13_EightTo255PrintableAscii) {
  EXPECT_TRUE(CheckRequestId("12345678"));
  EXPECT_TRUE(CheckRequestId(std::string(255, '~')));
  EXPECT_TRUE(CheckRequestId("order 4711/retry"));
  for (const std::string& key : {std::string(), std::string("1234567"), std::string(256, 'a'), std::string(10'240, 'a'),
                                 std::string("1234567\n"), std::string("1234567\x7F"), std::string("1234567\xC3\xA9"),
                                 std::string("12345678\0", 9), std::string("\xFF\xFE\xFF\xFE\xFF\xFE\xFF\xFE")}) {
    const auto checked = CheckRequestId(key);
    ASSERT_FALSE(checked) << key.size();
    EXPECT_EQ(checked.error().code, Code::kInvalidArgument);
    EXPECT_EQ(checked.error().fields.front().field, "request_id");
  }
}

TEST(Text, S18_NulAndBrokenUtf8NeverReachSql) {
  for (const std::string& text :
       {std::string("a\0b", 3), std::string("\xC3"), std::string("\xC0\x80"), std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80"),
        std::string("\xFF"), std::string("\xE2\x82"), std::string("\x80"), std::string("\xE0\x80\xAF")}) {
    EXPECT_FALSE(CheckText(text, "display_name", 0, 100)) << text.size();
  }
  EXPECT_TRUE(CheckText("Zo\xC3\xAB \xE2\x82\xAC \xF0\x9F\x8E\x89", "display_name", 1, 100));
}

TEST(Text, ControlCharactersAreRefusedAndLengthIsInCodePoints) {
  EXPECT_FALSE(CheckText("a\tb", "f", 0, 10));
  EXPECT_FALSE(CheckText("a\x1B[31m", "f", 0, 10));
  EXPECT_FALSE(CheckText("a\xC2\x85", "f", 0, 10)) << "C1 control";
  EXPECT_FALSE(CheckText("a\nb", "f", 0, 10));
  EXPECT_TRUE(CheckText("a\nb", "f", 0, 10, true));
  EXPECT_FALSE(CheckText("a\r\nb", "f", 0, 10, true));
  EXPECT_TRUE(CheckText("\xC3\xA9\xC3\xA9\xC3\xA9", "f", 3, 3));
  EXPECT_FALSE(CheckText("", "f", 1, 10));
  EXPECT_FALSE(CheckText("12345678901", "f", 1, 10));
}

// A decoder from the grammar of RFC 3629, by its table, against the arithmetic of the one under test.
bool Rfc3629(const std::string& text) {
  const auto in = [&](std::size_t i, int from, int to) {
    return i < text.size() && static_cast<unsigned char>(text[i]) >= from && static_cast<unsigned char>(text[i]) <= to;
  };
  for (std::size_t i = 0; i < text.size();) {
    if (in(i, 0x00, 0x7F))
      i += 1;
    else if (in(i, 0xC2, 0xDF) && in(i + 1, 0x80, 0xBF))
      i += 2;
    else if (in(i, 0xE0, 0xE0) && in(i + 1, 0xA0, 0xBF) && in(i + 2, 0x80, 0xBF))
      i += 3;
    else if ((in(i, 0xE1, 0xEC) || in(i, 0xEE, 0xEF)) && in(i + 1, 0x80, 0xBF) && in(i + 2, 0x80, 0xBF))
      i += 3;
    else if (in(i, 0xED, 0xED) && in(i + 1, 0x80, 0x9F) && in(i + 2, 0x80, 0xBF))
      i += 3;
    else if (in(i, 0xF0, 0xF0) && in(i + 1, 0x90, 0xBF) && in(i + 2, 0x80, 0xBF) && in(i + 3, 0x80, 0xBF))
      i += 4;
    else if (in(i, 0xF1, 0xF3) && in(i + 1, 0x80, 0xBF) && in(i + 2, 0x80, 0xBF) && in(i + 3, 0x80, 0xBF))
      i += 4;
    else if (in(i, 0xF4, 0xF4) && in(i + 1, 0x80, 0x8F) && in(i + 2, 0x80, 0xBF) && in(i + 3, 0x80, 0xBF))
      i += 4;
    else
      return false;
  }
  return true;
}

RC_GTEST_PROP(Text, Utf8IsJudgedAsRfc3629Does, ()) {
  // Bytes at the borders of the table, so that random text is not always broken in its first byte.
  const auto byte = rc::gen::element<int>(0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE,
                                          0xF0, 0xF1, 0xF4, 0xF5, 0xFF);
  std::string text;
  for (const int value : *rc::gen::container<std::vector<int>>(byte)) text.push_back(static_cast<char>(value));
  RC_ASSERT(IsValidUtf8(text) == Rfc3629(text));
}

TEST(Code, LowerCaseLettersDigitsAndDashes) {
  EXPECT_TRUE(CheckCode("plan-30", "code", 2, 40));
  for (const char* code : {"", "a", "3plan", "-plan", "Plan", "plan_a", "plan a", "pl\xC3\xA9"})
    EXPECT_FALSE(CheckCode(code, "code", 2, 40)) << code;
  EXPECT_FALSE(CheckCode(std::string(41, 'a'), "code", 2, 40));
}

TEST(UrlOrigin, IsSchemeHostAndPort) {
  EXPECT_EQ(UrlOrigin("https://shop.example/back?x=1"), "https://shop.example");
  EXPECT_EQ(UrlOrigin("HTTPS://Shop.Example:443#top"), "https://shop.example");
  EXPECT_EQ(UrlOrigin("http://127.0.0.1:7000/a"), "http://127.0.0.1:7000");
  EXPECT_EQ(UrlOrigin("http://shop.example:80"), "http://shop.example");
  EXPECT_EQ(UrlOrigin("http://[::1]:8080/x"), "http://[::1]:8080");
}

TEST(UrlOrigin, RefusesEverythingThatCouldMeanAnotherHost) {
  for (const char* url : {"",
                          "shop.example",
                          "//shop.example",
                          "ftp://shop.example",
                          "javascript://shop.example",
                          "https:shop.example",
                          "https://",
                          "https://shop.example@evil.example",
                          "https://user:pw@shop.example",
                          "https://shop.example\\@evil.example",
                          "https://shop.example\n",
                          "https:// shop.example",
                          "https://shop.example:0",
                          "https://shop.example:99999",
                          "https://shop.example:",
                          "https://shop.example:8a",
                          "https://sh\xC3\xB6p.example",
                          "https://-shop.example",
                          "https://.example",
                          "https://a..b",
                          "https://[::1",
                          "/https://shop.example"}) {
    EXPECT_EQ(UrlOrigin(url), std::nullopt) << url;
  }
}

TEST(CardNumber, KnownPrefixLengthAndLuhnTogether) {
  for (const char* text :
       {"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444", "2223003122003222", "378282246310005",
        "6011111111111117", "30569309025904", "3530111333300000", "6200000000000005", "my card is 4242424242424242, thanks",
        "card4242424242424242", "12 4111 1111 1111 1111 99", "6759649826438453"}) {
    EXPECT_TRUE(LooksLikeCardNumber(text)) << text;
  }
  for (const char* text : {"", "4111111111111112", "1234567890123452", "9999999999999995", "411111111111111", "order 20261121093000",
                           "41111111111111110000000", "+33 6 12 34 56 78", "4111.1111.1111.1111", "0193f2a4-c1d2-7e3a-8b4c-5d6e7f809102"}) {
    EXPECT_FALSE(LooksLikeCardNumber(text)) << text;
  }
}

}  // namespace
}  // namespace quittance

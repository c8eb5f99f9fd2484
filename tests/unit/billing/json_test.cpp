// W20: what is not strictly JSON within limits is not read at all.
#include <gtest/gtest.h>

#include "services/billing/psp/json.h"

namespace quittance::billing::psp::test {
namespace {

TEST(Json, W20_StrictAndBounded) {
  EXPECT_TRUE(ParseJson(R"({"a":1,"b":{"a":2}})"));
  EXPECT_FALSE(ParseJson(R"({"a":1,"a":2})"));
  EXPECT_FALSE(ParseJson(R"({"x":{"a":1,"a":1}})"));
  EXPECT_FALSE(ParseJson("\xEF\xBB\xBF{}"));
  EXPECT_FALSE(ParseJson("{} trailing"));
  EXPECT_FALSE(ParseJson(R"({"a":"\ud800"})"));
  EXPECT_FALSE(ParseJson("{\"a\":\"\xff\"}"));
  EXPECT_FALSE(ParseJson(std::string(10'000, '[') + std::string(10'000, ']')));
  EXPECT_FALSE(ParseJson(""));
  EXPECT_FALSE(ParseJson("{'a':1}"));
}

TEST(Json, W20_NumbersThatDoNotFitAreNoAmounts) {
  const auto json = ParseJson(R"({"big":9223372036854775808,"real":19.9,"text":"1990","fine":1990,"max":9223372036854775807})");
  ASSERT_TRUE(json);
  EXPECT_FALSE(IntegerAt(*json, "big"));
  EXPECT_FALSE(IntegerAt(*json, "real"));
  EXPECT_FALSE(IntegerAt(*json, "text"));
  EXPECT_EQ(IntegerAt(*json, "fine"), 1990);
  EXPECT_EQ(IntegerAt(*json, "max"), INT64_MAX);
  EXPECT_FALSE(ParseJson(R"({"a":1e400})") && IntegerAt(*ParseJson(R"({"a":1e400})"), "a"));
}

TEST(Json, ControlCharactersNeverReachTheDatabase) {
  const auto json = ParseJson(R"({"id":"evt\u0000x","long":")" + std::string(3000, 'x') + R"("})");
  ASSERT_TRUE(json);
  EXPECT_EQ(TextAt(*json, "id"), "");
  EXPECT_EQ(TextAt(*json, "long"), "");
}

}  // namespace
}  // namespace quittance::billing::psp::test

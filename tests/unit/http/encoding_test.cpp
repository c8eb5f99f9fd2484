// Percent and form encoding.
#include <gtest/gtest.h>

#include "common/http/client.h"

namespace quittance::http {
namespace {

TEST(Encoding, PercentGoesBothWays) {
  EXPECT_EQ(PercentEncode("a b/é~"), "a%20b%2F%C3%A9~");
  EXPECT_EQ(PercentDecode("a%20b%2f%C3%A9+"), "a b/é+");
  for (const char* broken : {"%", "%4", "%4g", "a%"}) EXPECT_EQ(PercentDecode(broken), std::nullopt) << broken;
}

TEST(Encoding, FormGoesBothWays) {
  const FormFields fields = {{"metadata[payment_id]", "pay_1"}, {"note", "a&b=c d+e"}, {"empty", ""}};
  EXPECT_EQ(FormDecode(FormEncode(fields)), fields);
  EXPECT_EQ(FormDecode("a=1&&a=2+3&b"), (FormFields{{"a", "1"}, {"a", "2 3"}, {"b", ""}}));
  EXPECT_EQ(FormDecode("a=%"), std::nullopt);
  EXPECT_EQ(FormDecode(""), FormFields{});
}

}  // namespace
}  // namespace quittance::http

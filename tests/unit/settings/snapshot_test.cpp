// Which keys a service knows, and how a tenant's values are read.
#include <gtest/gtest.h>

#include "common/settings/settings.h"

namespace quittance::settings {
namespace {

const std::vector<Key> kTable = {{"psp.default", false, ""}, {"psp.*.api_key", true, ""}, {"telegram.channel.*", false, ""}};

TEST(SettingsTable, FindsPlainKeysAndPatterns) {
  EXPECT_EQ(FindKey(kTable, "psp.default"), &kTable[0]);
  EXPECT_EQ(FindKey(kTable, "psp.stripe.api_key"), &kTable[1]);
  EXPECT_EQ(FindKey(kTable, "psp.stripe-2.api_key"), &kTable[1]);
  EXPECT_EQ(FindKey(kTable, "telegram.channel.default"), &kTable[2]);
}

TEST(SettingsTable, RefusesEverythingElse) {
  for (const char* key :
       {"", "psp", "psp.", "psp.default.x", "psp..api_key", "psp.a.b.api_key", "psp.Stripe.api_key", "psp.stripe.api_keys",
        "telegram.channel.", "telegram.channel.a b", "telegram.channel.a\n", "psp.*.api_key", "psp.api_key"}) {
    EXPECT_EQ(FindKey(kTable, key), nullptr) << key;
  }
  EXPECT_EQ(FindKey(kTable, "telegram.channel." + std::string(65, 'a')), nullptr);
}

TEST(SettingsSnapshot, ReadsValues) {
  Snapshot snapshot;
  snapshot.values = {{"a", "1"}, {"list", " x, y ,,\n z\r\n"}, {"p.one", "1"}, {"p.two", "2"}, {"q", "3"}};
  EXPECT_EQ(snapshot.Find("a"), "1");
  EXPECT_EQ(snapshot.Find("b"), std::nullopt);
  EXPECT_EQ(snapshot.Get("b", "else"), "else");
  EXPECT_EQ(snapshot.List("list"), (std::vector<std::string>{"x", "y", "z"}));
  EXPECT_TRUE(snapshot.List("none").empty());
  EXPECT_EQ(snapshot.WithPrefix("p."), (std::map<std::string, std::string>{{"one", "1"}, {"two", "2"}}));
}

}  // namespace
}  // namespace quittance::settings

// Settings to connection.
#include <gtest/gtest.h>

#include "services/billing/psp/connection.h"

namespace quittance::billing::psp::test {
namespace {

std::optional<Connection> Read(const std::string& name, std::map<std::string, std::string> settings) {
  return ReadConnection(
      [settings](const std::string& key) {
        const auto found = settings.find(key);
        return found == settings.end() ? std::nullopt : std::optional(found->second);
      },
      name);
}

TEST(Connection, TheFirstOfAProviderIsNamedLikeIt) {
  const auto connection =
      Read("stripe", {{"psp.stripe.api_key", "sk_test_1"}, {"psp.stripe.webhook_secrets", "whsec_a,\nwhsec_b 2026-12-01T00:00:00Z"}});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->provider, "stripe");
  EXPECT_EQ(connection->environment, Environment::kTest);
  ASSERT_EQ(connection->webhook_secrets.size(), 2u);
  EXPECT_FALSE(connection->webhook_secrets[0].not_after);
  EXPECT_EQ(connection->webhook_secrets[1].not_after, ParseRfc3339("2026-12-01T00:00:00Z"));
}

TEST(Connection, OtherNamesSayTheirProvider) {
  const auto connection = Read("mobile-money", {{"psp.mobile-money.provider", "hmac"}, {"psp.mobile-money.environment", "live"}});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->provider, "hmac");
  EXPECT_EQ(connection->environment, Environment::kLive);
  EXPECT_FALSE(Read("paypal", {}));
}

TEST(Connection, ManualNeedsSomethingToReceiveOn) {
  EXPECT_FALSE(Read("manual", {}));
  const auto connection = Read("manual", {{"receiving.bank", "IBAN FR76\nHolder Example"}, {"receiving.crypto", "bc1qexample"}});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection->receiving_lines, (std::vector<std::string>{"IBAN FR76", "Holder Example", "bc1qexample"}));
}

TEST(Connection, SecretsThatCannotBeReadAreNone) {
  EXPECT_FALSE(ParseWebhookSecrets({"a b c"}));
  EXPECT_FALSE(ParseWebhookSecrets({"a yesterday"}));
  EXPECT_FALSE(ParseWebhookSecrets({"a", "b", "c", "d"}));
}

}  // namespace
}  // namespace quittance::billing::psp::test

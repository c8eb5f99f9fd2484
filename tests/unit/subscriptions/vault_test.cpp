// Telegram's ids at rest: sealed, findable, bound to their tenant and place.
#include "services/subscriptions/membership/vault.h"

#include <gtest/gtest.h>

#include "common/crypto/envelope.h"

namespace quittance::subscriptions {
namespace {

std::shared_ptr<const crypto::Keyring> TestKeyring() {
  return std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(std::string(32, 'k'))}});
}

TenantId Tenant(std::uint8_t number) {
  TenantId id;
  id.uuid.bytes[0] = number;
  return id;
}

TEST(Vault, AccountsOpenBesideTheirIndexAndNowhereElse) {
  const auto keyring = TestKeyring();
  const Vault vault(keyring);
  const TenantId tenant = Tenant(1);
  const std::string key = crypto::NewDataKey(*keyring, tenant.ToString());
  const Sealed sealed = vault.SealAccount(tenant, key, "4503599627370495");
  EXPECT_EQ(sealed.bytes.find("4503599627370495"), std::string::npos);
  EXPECT_EQ(vault.OpenAccount(tenant, key, sealed), "4503599627370495");
  EXPECT_EQ(sealed.index, vault.AccountIndex(tenant, "4503599627370495"));
  EXPECT_THROW(vault.OpenAccount(tenant, key, {sealed.bytes, vault.AccountIndex(tenant, "1")}), crypto::Undecryptable);
  EXPECT_THROW(vault.OpenChat(tenant, key, sealed), crypto::Undecryptable);
}

TEST(Vault, IndexesOfTwoTenantsAreUnrelated) {
  const Vault vault(TestKeyring());
  EXPECT_NE(vault.AccountIndex(Tenant(1), "42"), vault.AccountIndex(Tenant(2), "42"));
  EXPECT_NE(vault.AccountIndex(Tenant(1), "42"), vault.ChatIndex(Tenant(1), "42"));
}

TEST(Vault, StartTokensFitTelegramsParameter) {
  const Secret token = Vault::NewToken();
  EXPECT_LE(token.Reveal().size(), 64u);
  EXPECT_EQ(token.Reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"), std::string_view::npos);
  EXPECT_EQ(Vault::HashToken(token.Reveal()).size(), 32u);
}

}  // namespace
}  // namespace quittance::subscriptions

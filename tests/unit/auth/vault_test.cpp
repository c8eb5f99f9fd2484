// What is personal opens only where it was sealed, and is found by index only in its own tenant.
#include "services/auth/credentials/vault.h"

#include <gtest/gtest.h>

#include "common/crypto/envelope.h"
#include "common/crypto/random.h"

namespace quittance::auth {
namespace {

std::shared_ptr<const crypto::Keyring> NewKeyring() {
  return std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(crypto::RandomBytes(32))}});
}

struct VaultTest : testing::Test {
  std::shared_ptr<const crypto::Keyring> keyring = NewKeyring();
  std::shared_ptr<const crypto::Keyring> token_keyring = NewKeyring();
  Vault vault{keyring, token_keyring};
  crypto::RandomIds ids;
  TenantId tenant = ids.New<TenantId>();
  UserId user = ids.New<UserId>();
  const Personal claire{"Claire@client.example", "+33612345678", "customer-1"};
};

TEST_F(VaultTest, PersonalDataIsSealedAndOpens) {
  const SealedPersonal sealed = vault.SealPersonal(tenant, user, claire);
  for (const auto& bytes : {sealed.email, sealed.phone, sealed.external_id, sealed.email_index, sealed.external_id_index}) {
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(bytes->find("client.example"), std::string::npos);
    EXPECT_EQ(bytes->find("customer"), std::string::npos);
    EXPECT_EQ(bytes->find("3361234"), std::string::npos);
  }
  const Personal opened = vault.OpenPersonal(tenant, user, sealed);
  EXPECT_EQ(opened.email, claire.email);
  EXPECT_EQ(opened.phone, claire.phone);
  EXPECT_EQ(opened.external_id, claire.external_id);
}

TEST_F(VaultTest, WhatIsNotThereIsNotSealed) {
  const SealedPersonal sealed = vault.SealPersonal(tenant, user, {});
  EXPECT_FALSE(sealed.email || sealed.phone || sealed.external_id || sealed.email_index || sealed.external_id_index);
  EXPECT_FALSE(sealed.wrapped_key.empty());
  EXPECT_EQ(vault.OpenPersonal(tenant, user, sealed).email, "");
}

TEST_F(VaultTest, C03_ACiphertextOpensOnlyInItsPlace) {
  const SealedPersonal sealed = vault.SealPersonal(tenant, user, claire);
  EXPECT_THROW(vault.OpenPersonal(ids.New<TenantId>(), user, sealed), crypto::Undecryptable);
  EXPECT_THROW(vault.OpenPersonal(tenant, ids.New<UserId>(), sealed), crypto::Undecryptable);
  SealedPersonal swapped = sealed;
  std::swap(swapped.email, swapped.phone);
  EXPECT_THROW(vault.OpenPersonal(tenant, user, swapped), crypto::Undecryptable);
  SealedPersonal other = vault.SealPersonal(tenant, user, claire);
  other.email = sealed.email;
  EXPECT_THROW(vault.OpenPersonal(tenant, user, other), crypto::Undecryptable) << "another data key";
}

TEST_F(VaultTest, C15_TheIndexFollowsTheNormalizedFormAndTheTenant) {
  EXPECT_EQ(vault.EmailIndex(tenant, "Claire@Client.example"), vault.EmailIndex(tenant, "claire@client.EXAMPLE"));
  EXPECT_NE(vault.EmailIndex(tenant, "claire@client.example"), vault.EmailIndex(ids.New<TenantId>(), "claire@client.example"));
  EXPECT_NE(vault.EmailIndex(tenant, "claire@client.example"), vault.ExternalIdIndex(tenant, "claire@client.example"));
  EXPECT_EQ(vault.EmailIndex(tenant, "claire@client.example").size(), 32u);
}

TEST_F(VaultTest, AccountHashesAreKeyedAndDaily) {
  const TimePoint now = FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(vault.AccountHash(tenant, "a@b.example", now).size(), 64u);
  EXPECT_EQ(vault.AccountHash(tenant, "a@b.example", now), vault.AccountHash(tenant, "A@B.example", now + std::chrono::seconds(1)));
  EXPECT_NE(vault.AccountHash(tenant, "a@b.example", now), vault.AccountHash(tenant, "a@b.example", now + std::chrono::days(1)));
  EXPECT_NE(vault.AccountHash(tenant, "a@b.example", now), Vault(NewKeyring(), token_keyring).AccountHash(tenant, "a@b.example", now));
}

TEST_F(VaultTest, AMailTokenOpensWithTheSharedKeyringAndItsContext) {
  const std::string sealed = vault.SealTokenForMail("UserSignedUp", user, "qev_token");
  EXPECT_EQ(sealed.find("qev_token"), std::string::npos);
  EXPECT_EQ(crypto::OpenWhole(*token_keyring, "quittance.auth.v1.UserSignedUp:" + user.ToString(), sealed), "qev_token");
  EXPECT_THROW(crypto::OpenWhole(*keyring, "quittance.auth.v1.UserSignedUp:" + user.ToString(), sealed), crypto::Undecryptable);
}

TEST_F(VaultTest, A10_TheSuccessorIsDerivedAndNeedsTheServerKey) {
  const Uuid successor = ids.Next();
  EXPECT_EQ(vault.SuccessorSecret("parent", successor), vault.SuccessorSecret("parent", successor));
  EXPECT_NE(vault.SuccessorSecret("parent", successor), vault.SuccessorSecret("other", successor));
  EXPECT_NE(vault.SuccessorSecret("parent", successor), vault.SuccessorSecret("parent", ids.Next()));
  EXPECT_NE(vault.SuccessorSecret("parent", successor), Vault(NewKeyring(), token_keyring).SuccessorSecret("parent", successor));
  EXPECT_EQ(vault.SuccessorSecret("parent", successor).size(), 32u);
}

}  // namespace
}  // namespace quittance::auth

// Access tokens: the claims of the contract, under the key that is active.
#include "services/auth/credentials/signer.h"

#include <gtest/gtest.h>

#include "common/crypto/envelope.h"
#include "common/crypto/jwt.h"
#include "common/crypto/random.h"
#include "services/auth/credentials/vault.h"

namespace quittance::auth {
namespace {

constexpr std::string_view kIssuer = "https://pay.example";

struct SignerTest : testing::Test {
  std::shared_ptr<const crypto::Keyring> keyring =
      std::make_shared<const crypto::Keyring>(std::map<std::uint32_t, Secret>{{1, Secret(crypto::RandomBytes(32))}});
  Vault vault{keyring, keyring};
  Signer signer{std::string(kIssuer), vault};
  crypto::RandomIds ids;
  const TimePoint now = FromUnixSeconds(1'800'000'000);

  TokenClaims Claims() {
    return {.tenant = ids.New<TenantId>(),
            .subject = ids.New<UserId>().ToString(),
            .session = ids.New<SessionId>(),
            .scopes = {"billing:read", "billing:write"},
            .roles = {"admin"},
            .epoch = 7,
            .jti = ids.Next(),
            .issued = now,
            .expires = now + std::chrono::minutes(30)};
  }

  static crypto::KeyLookup Lookup(const SigningKey& key) {
    return [key](std::string_view kid) { return kid == key.kid ? std::optional(key.public_key) : std::nullopt; };
  }
};

TEST_F(SignerTest, WithoutAKeyNothingIsSigned) {
  EXPECT_FALSE(signer.Ready());
  EXPECT_THROW(signer.Sign(Claims()), Fault);
}

TEST_F(SignerTest, TheClaimsAreThoseOfTheContract) {
  const SigningKey key = NewSigningKey(vault, now);
  signer.Load({key});
  const TokenClaims claims = Claims();
  const auto verified = crypto::VerifyToken(signer.Sign(claims), Lookup(key), kIssuer, now);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->subject, claims.subject);
  EXPECT_EQ(verified->tenant, claims.tenant.ToString());
  EXPECT_EQ(verified->session, claims.session->ToString());
  EXPECT_EQ(verified->scope, "billing:read billing:write");
  EXPECT_EQ(verified->roles, claims.roles);
  EXPECT_EQ(verified->epoch, 7);
  EXPECT_EQ(verified->jti, claims.jti.Hex());
  EXPECT_FALSE(crypto::VerifyToken(signer.Sign(claims), Lookup(key), kIssuer, now + std::chrono::minutes(30)).ok());
}

TEST_F(SignerTest, A20_ANewActiveKeySignsTheOldOneStillVerifies) {
  SigningKey old = NewSigningKey(vault, now);
  signer.Load({old});
  const std::string before = signer.Sign(Claims());
  old.state = KeyState::kRetired;
  const SigningKey fresh = NewSigningKey(vault, now);
  signer.Load({fresh, old});
  EXPECT_TRUE(crypto::VerifyToken(signer.Sign(Claims()), Lookup(fresh), kIssuer, now).ok());
  EXPECT_TRUE(crypto::VerifyToken(before, Lookup(old), kIssuer, now).ok());
  EXPECT_NE(fresh.kid, old.kid);
}

TEST_F(SignerTest, A17_WithASecretTokensAreHs256AndNothingElse) {
  const Secret secret("a secret that all processes share");
  Signer configured(std::string(kIssuer), vault, secret);
  EXPECT_THROW(configured.Sign(Claims()), Fault) << "before the keys were read";
  const SigningKey key = NewSigningKey(vault, now);
  configured.Load({key});
  const std::string token = configured.Sign(Claims());
  EXPECT_TRUE(crypto::VerifyToken(token, *crypto::TokenSecrets::Parse(secret), kIssuer, now).ok());
  EXPECT_FALSE(crypto::VerifyToken(token, Lookup(key), kIssuer, now).ok());
  EXPECT_TRUE(configured.UsesSecrets());
  EXPECT_FALSE(signer.UsesSecrets());
}

TEST_F(SignerTest, ThePrivateKeyIsSealedUnderItsOwnKid) {
  SigningKey key = NewSigningKey(vault, now);
  const Secret opened = vault.OpenSigningKey(key.kid, key.sealed_private_key);
  EXPECT_EQ(key.sealed_private_key.find(opened.Reveal()), std::string::npos);
  key.kid = "another";
  EXPECT_THROW(signer.Load({key}), crypto::Undecryptable);
}

TEST_F(SignerTest, TheKeySetShowsPublicHalvesOnly) {
  const SigningKey key = NewSigningKey(vault, now);
  const std::string jwks = Jwks({key});
  EXPECT_NE(jwks.find(key.kid), std::string::npos);
  EXPECT_NE(jwks.find("\"ES256\""), std::string::npos);
  EXPECT_EQ(jwks.find("\"d\""), std::string::npos);
}

}  // namespace
}  // namespace quittance::auth

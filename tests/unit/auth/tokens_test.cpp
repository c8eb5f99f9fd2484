// Opaque tokens: strict to read, hashed to store.
#include "services/auth/credentials/tokens.h"

#include <gtest/gtest.h>

#include "common/crypto/random.h"

namespace quittance::auth {
namespace {

TEST(Tokens, FormatAndParseAgree) {
  crypto::RandomIds ids;
  const OpaqueToken token{ids.New<TenantId>(), ids.Next(), NewTokenSecret()};
  const std::string text = Format(kRefreshTokenPrefix, token);
  const auto parsed = ParseToken(kRefreshTokenPrefix, text);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->tenant, token.tenant);
  EXPECT_EQ(parsed->id, token.id);
  EXPECT_EQ(parsed->secret.Reveal(), token.secret.Reveal());
}

TEST(Tokens, NothingElseIsRead) {
  crypto::RandomIds ids;
  const std::string text = Format(kRefreshTokenPrefix, {ids.New<TenantId>(), ids.Next(), NewTokenSecret()});
  EXPECT_FALSE(ParseToken(kEmailTokenPrefix, text)) << "a refresh token proves no address";
  for (const std::string& bad :
       {std::string(), std::string("qrt_"), text.substr(0, text.size() - 1), text + "A", text + "=", "x" + text.substr(1),
        text.substr(0, 20) + "+" + text.substr(21), text.substr(0, 20) + " " + text.substr(21), std::string(100'000, 'A')}) {
    EXPECT_FALSE(ParseToken(kRefreshTokenPrefix, bad)) << bad.substr(0, 100);
  }
}

TEST(Tokens, C13_SecretsAreComparedByHash) {
  const std::string hash = HashSecret("secret");
  EXPECT_EQ(hash.size(), 32u);
  EXPECT_TRUE(SecretMatches("secret", hash));
  EXPECT_FALSE(SecretMatches("Secret", hash));
  EXPECT_FALSE(SecretMatches("secret", ""));
  EXPECT_FALSE(SecretMatches("", hash));
}

TEST(Tokens, ClientSecretsAre32RandomBytesAsText) {
  EXPECT_EQ(NewClientSecret().Reveal().size(), 43u);
  EXPECT_NE(NewClientSecret().Reveal(), NewClientSecret().Reveal());
}

}  // namespace
}  // namespace quittance::auth

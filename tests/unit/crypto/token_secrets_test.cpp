// HS256 beside ES256: which secrets are taken, and that neither verifier ever takes the other's tokens.
#include "common/crypto/token_secrets.h"

#include <gtest/gtest.h>
#include <jwt.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/crypto/hmac.h"

namespace quittance::crypto {
namespace {

using nlohmann::json;

constexpr std::string_view kIssuer = "https://quittance.example";
const TimePoint kNow = FromUnixSeconds(1'800'000'000);
const std::string kOne = "one-secret-of-exactly-32-bytes!!";
const std::string kTwo = "another secret, of more than 32 bytes";

TokenSecrets Secrets(const std::string& lines) { return TokenSecrets::Parse(Secret(lines)).value(); }

Claims Good() {
  Claims claims;
  claims.issuer = kIssuer;
  claims.audience = "quittance";
  claims.subject = "usr_1";
  claims.tenant = "ten_1";
  claims.session = "ses_1";
  claims.scope = "billing:read";
  claims.jti = "j";
  claims.roles = {"VIEWER"};
  claims.epoch = 3;
  claims.issued = kNow;
  claims.expires = kNow + std::chrono::minutes(30);
  return claims;
}

bool Accepted(const std::string& token, const TokenSecrets& secrets, TimePoint now = kNow) {
  const auto claims = VerifyToken(token, secrets, kIssuer, now);
  if (!claims) {
    EXPECT_EQ(claims.error().reason, Reason::kTokenInvalid);
    EXPECT_EQ(claims.error().message, "the access token is not valid");  // never which part
  }
  return claims.ok();
}

json PartOf(const std::string& token, int part) {
  std::size_t begin = 0;
  for (int i = 0; i < part; ++i) begin = token.find('.', begin) + 1;
  return json::parse(*UnBase64Url(std::string_view(token).substr(begin, token.find('.', begin) - begin)));
}

// Under kOne whatever the header says.
std::string Mac(const json& header, const json& claims, const std::string& key = kOne) {
  const std::string message = Base64Url(header.dump()) + "." + Base64Url(claims.dump());
  return message + "." + Base64Url(AsView(HmacSha256(key, message)));
}

TEST(TokenSecrets, EachHas32BytesOrMore) {
  EXPECT_EQ(kOne.size(), kTokenSecretBytesMin);
  EXPECT_TRUE(TokenSecrets::Parse(Secret(kOne)));
  EXPECT_TRUE(TokenSecrets::Parse(Secret("\n" + kOne + "\r\n\n" + kTwo + "\n")));
  EXPECT_FALSE(TokenSecrets::Parse(Secret(kOne.substr(1))));
  EXPECT_FALSE(TokenSecrets::Parse(Secret(kOne + "\n" + kTwo.substr(0, 31)))) << "one of two is too short";
  EXPECT_FALSE(TokenSecrets::Parse(Secret()));
  EXPECT_FALSE(TokenSecrets::Parse(Secret("\n\n")));
  EXPECT_FALSE(TokenSecrets::Parse(Secret(kOne + "\n" + kOne + "\n" + kOne + "\n" + kOne + "\n" + kOne)));
}

TEST(TokenSecrets, ATokenSaysWhatItSaid) {
  const auto secrets = Secrets(kOne);
  const std::string token = SignToken(Good(), secrets);
  const auto read = VerifyToken(token, secrets, kIssuer, kNow);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->subject, "usr_1");
  EXPECT_EQ(read->roles, Good().roles);
  EXPECT_EQ(read->epoch, 3);
  EXPECT_EQ(read->expires, Good().expires);
  EXPECT_EQ(PartOf(token, 0).at("alg"), "HS256");
  EXPECT_EQ(token.find(kOne), std::string::npos);
  EXPECT_NE(Secrets(kTwo).signing().kid, secrets.signing().kid);
}

TEST(TokenSecrets, A18_TimesAndIssuerCountAsEver) {
  const auto secrets = Secrets(kOne);
  const std::string token = SignToken(Good(), secrets);
  EXPECT_TRUE(Accepted(token, secrets, kNow + std::chrono::seconds(1799)));
  EXPECT_FALSE(Accepted(token, secrets, kNow + std::chrono::seconds(1800)));
  EXPECT_FALSE(Accepted(token, secrets, kNow - std::chrono::seconds(31)));
  Claims foreign = Good();
  foreign.issuer = "https://elsewhere.example";
  EXPECT_FALSE(Accepted(SignToken(foreign, secrets), secrets));
}

TEST(TokenSecrets, A17_NeitherAlgorithmIsTakenForTheOther) {
  const auto secrets = Secrets(kOne);
  const KeyPair pair = NewEs256Key();
  const std::string kid = secrets.signing().kid;
  const KeyLookup es256 = [&](std::string_view) { return std::optional(pair.public_key); };
  const std::string hs = SignToken(Good(), secrets);
  const std::string es = SignToken(Good(), kid, PrivateKey(pair.private_key));
  EXPECT_TRUE(Accepted(hs, secrets));
  EXPECT_TRUE(VerifyToken(es, es256, kIssuer, kNow).ok());
  EXPECT_FALSE(Accepted(es, secrets)) << "the same kid, ES256";
  EXPECT_FALSE(VerifyToken(hs, es256, kIssuer, kNow).ok()) << "HS256 where keys verify";
  // The public key as a secret, and a MAC under a header of the other kind.
  const json claims = PartOf(hs, 1);
  for (const char* alg : {"HS256", "ES256"}) {
    const std::string forged = Mac({{"alg", alg}, {"kid", "k1"}, {"typ", "JWT"}}, claims, pair.public_key);
    EXPECT_FALSE(VerifyToken(forged, es256, kIssuer, kNow).ok()) << alg;
    EXPECT_FALSE(Accepted(forged, secrets)) << alg;
  }
  for (const char* alg : {"ES256", "none", "None", "HS384", "HS512", "hs256", ""}) {
    EXPECT_FALSE(Accepted(Mac({{"alg", alg}, {"kid", kid}, {"typ", "JWT"}}, claims), secrets)) << alg;
  }
}

TEST(TokenSecrets, A17_TheHeaderNamesASecretOfOursAndNothingElse) {
  const auto secrets = Secrets(kOne);
  const json header = PartOf(SignToken(Good(), secrets), 0);
  const json claims = PartOf(SignToken(Good(), secrets), 1);
  EXPECT_TRUE(Accepted(Mac(header, claims), secrets));
  EXPECT_FALSE(Accepted(Mac(header, claims, kTwo), secrets));
  EXPECT_FALSE(Accepted(Mac(header, claims, ""), secrets));
  for (const char* kid : {"", "k1", "../../dev/null"}) {
    json other = header;
    other["kid"] = kid;
    EXPECT_FALSE(Accepted(Mac(other, claims), secrets)) << kid;
  }
  for (const char* extra : {"jku", "jwk", "crit", "zip"}) {
    json more = header;
    more[extra] = "x";
    EXPECT_FALSE(Accepted(Mac(more, claims), secrets)) << extra;
  }
  const std::string token = SignToken(Good(), secrets);
  const std::size_t last = token.rfind('.') + 1;
  const std::string mac = *UnBase64Url(token.substr(last));
  for (const std::size_t size : {0, 16, 31}) {
    EXPECT_FALSE(Accepted(token.substr(0, last) + Base64Url(std::string_view(mac).substr(0, size)), secrets)) << size;
  }
  EXPECT_FALSE(Accepted(token.substr(0, last) + Base64Url(mac + '\0'), secrets));
}

TEST(TokenSecrets, A20_OneSecretFollowsAnother) {
  const std::string before = SignToken(Good(), Secrets(kOne));
  EXPECT_TRUE(Accepted(before, Secrets(kOne + "\n" + kTwo))) << "the next one is known everywhere first";
  const std::string after = SignToken(Good(), Secrets(kTwo + "\n" + kOne));
  EXPECT_TRUE(Accepted(after, Secrets(kOne + "\n" + kTwo))) << "a process that has not changed its order yet";
  EXPECT_TRUE(Accepted(before, Secrets(kTwo + "\n" + kOne)));
  EXPECT_FALSE(Accepted(before, Secrets(kTwo))) << "retired";
}

// Another implementation reads ours, and ours reads its.
TEST(TokenSecrets, A17_LibjwtAgrees) {
  const auto secrets = Secrets(kOne);
  const std::string token = SignToken(Good(), secrets);
  jwt_t* read = nullptr;
  ASSERT_EQ(jwt_decode(&read, token.c_str(), reinterpret_cast<const unsigned char*>(kOne.data()), static_cast<int>(kOne.size())), 0);
  EXPECT_EQ(jwt_get_alg(read), JWT_ALG_HS256);
  EXPECT_STREQ(jwt_get_grant(read, "sub"), "usr_1");
  jwt_free(read);
  jwt_t* made = nullptr;
  ASSERT_EQ(jwt_new(&made), 0);
  ASSERT_EQ(jwt_add_grants_json(made, PartOf(token, 1).dump().c_str()), 0);
  ASSERT_EQ(jwt_add_header(made, "kid", secrets.signing().kid.c_str()), 0);
  ASSERT_EQ(jwt_set_alg(made, JWT_ALG_HS256, reinterpret_cast<const unsigned char*>(kOne.data()), static_cast<int>(kOne.size())), 0);
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(made), std::free);
  EXPECT_TRUE(Accepted(text.get(), secrets));
  jwt_free(made);
}

}  // namespace
}  // namespace quittance::crypto

// libjwt, another implementation: it accepts our tokens and refuses changed ones; ours refuses what libjwt makes under other algorithms,
// keys and claims.
#include <gtest/gtest.h>
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/crypto/hmac.h"
#include "common/crypto/jwt.h"

namespace quittance::crypto {
namespace {

using nlohmann::json;

constexpr std::string_view kIssuer = "https://quittance.example";
const TimePoint kNow = FromUnixSeconds(1'800'000'000);

using Token = std::unique_ptr<jwt_t, decltype(&jwt_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Sink = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* Bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// A key pair as libjwt wants it.
struct Pem {
  KeyPair pair = NewEs256Key();
  std::string secret, open;

  Pem() {
    const unsigned char* at = reinterpret_cast<const unsigned char*>(pair.private_key.Reveal().data());
    const Key key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(pair.private_key.Reveal().size())), EVP_PKEY_free);
    const Sink hidden(BIO_new(BIO_s_mem()), BIO_free);
    const Sink shown(BIO_new(BIO_s_mem()), BIO_free);
    EXPECT_EQ(PEM_write_bio_PrivateKey(hidden.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
    EXPECT_EQ(PEM_write_bio_PUBKEY(shown.get(), key.get()), 1);
    secret = Text(hidden.get());
    open = Text(shown.get());
  }
  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }
};

const Pem& Ours() {
  static const Pem pem;
  return pem;
}

Claims GoodClaims() {
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

json ClaimsJson() {
  const std::string token = SignToken(GoodClaims(), "k1", PrivateKey(Ours().pair.private_key));
  const std::size_t first = token.find('.') + 1;
  return json::parse(*UnBase64Url(token.substr(first, token.find('.', first) - first)));
}

bool LibjwtAccepts(const std::string& token, const std::string& key) {
  jwt_t* read = nullptr;
  const int refused = jwt_decode(&read, token.c_str(), Bytes(key), static_cast<int>(key.size()));
  const Token owned(read, jwt_free);
  return refused == 0 && jwt_get_alg(read) == JWT_ALG_ES256 && std::string(jwt_get_grant(read, "sub")) == "usr_1" &&
         jwt_get_grant_int(read, "exp") == UnixSeconds(GoodClaims().expires);
}

// As libjwt writes and signs it.
std::string Made(const json& claims, jwt_alg_t alg, const std::string& key, const char* kid = "k1") {
  jwt_t* made = nullptr;
  EXPECT_EQ(jwt_new(&made), 0);
  const Token owned(made, jwt_free);
  EXPECT_EQ(jwt_add_grants_json(made, claims.dump().c_str()), 0);
  if (kid != nullptr) EXPECT_EQ(jwt_add_header(made, "kid", kid), 0);
  EXPECT_EQ(jwt_set_alg(made, alg, alg == JWT_ALG_NONE ? nullptr : Bytes(key), alg == JWT_ALG_NONE ? 0 : static_cast<int>(key.size())), 0);
  const std::unique_ptr<char, decltype(&std::free)> text(jwt_encode_str(made), std::free);
  return text ? text.get() : "";
}

bool WeAccept(const std::string& token) {
  const auto lookup = [](std::string_view kid) -> std::optional<std::string> {
    return kid == "k1" ? std::optional(Ours().pair.public_key) : std::nullopt;
  };
  return VerifyToken(token, lookup, kIssuer, kNow).ok();
}

// Signs until the signature is of the low kind: half of other people's are not, and those are refused for that alone.
std::string MadeLow(const json& claims, const std::string& key, const char* kid = "k1") {
  for (int i = 0; i < 64; ++i) {
    const std::string token = Made(claims, JWT_ALG_ES256, key, kid);
    const auto signature = UnBase64Url(token.substr(token.rfind('.') + 1));
    if (signature && HasLowS(*signature)) return token;
  }
  return "";
}

TEST(Libjwt, AcceptsOurTokensAndRefusesChangedOnes) {
  for (int i = 0; i < 32; ++i) {
    const std::string token = SignToken(GoodClaims(), "k1", PrivateKey(Ours().pair.private_key));
    EXPECT_TRUE(LibjwtAccepts(token, Ours().open)) << token;
    std::string changed = token;
    changed[token.find('.') + 20] ^= 1;
    EXPECT_FALSE(LibjwtAccepts(changed, Ours().open));
  }
  EXPECT_FALSE(LibjwtAccepts(SignToken(GoodClaims(), "k1", PrivateKey(Ours().pair.private_key)), Pem().open));
}

TEST(Libjwt, A17_A19_OursAcceptsItsTokensUnderOurKeyAlone) {
  const json claims = ClaimsJson();
  const std::string good = MadeLow(claims, Ours().secret);
  ASSERT_FALSE(good.empty());
  EXPECT_TRUE(WeAccept(good)) << "the same token by another hand";
  EXPECT_FALSE(WeAccept(MadeLow(claims, Pem().secret))) << "another key";
  EXPECT_FALSE(WeAccept(Made(claims, JWT_ALG_NONE, "")));
  EXPECT_FALSE(WeAccept(Made(claims, JWT_ALG_HS256, Ours().open))) << "HS256 under the public key";
  EXPECT_FALSE(WeAccept(Made(claims, JWT_ALG_HS256, Ours().pair.public_key)));
  EXPECT_FALSE(WeAccept(MadeLow(claims, Ours().secret, "k2")));
  EXPECT_FALSE(WeAccept(MadeLow(claims, Ours().secret, nullptr)));
  std::string cut = good;
  cut.pop_back();
  EXPECT_FALSE(WeAccept(cut));
}

TEST(Libjwt, A18_OursRefusesItsTokensWithWrongClaims) {
  const std::int64_t now = UnixSeconds(kNow);
  const std::vector<std::pair<const char*, json>> wrong = {{"aud", "another service"},
                                                           {"iss", "https://other.example"},
                                                           {"exp", now},
                                                           {"exp", now - 1},
                                                           {"iat", now + 31},
                                                           {"nbf", now + 31},
                                                           {"sub", ""}};
  for (const auto& [claim, value] : wrong) {
    json claims = ClaimsJson();
    claims[claim] = value;
    const std::string token = MadeLow(claims, Ours().secret);
    ASSERT_FALSE(token.empty());
    EXPECT_FALSE(WeAccept(token)) << claim << " " << value;
  }
}

}  // namespace
}  // namespace quittance::crypto

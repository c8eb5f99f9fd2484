// Tokens as attackers make them. Every refusal looks the same.
#include "common/crypto/jwt.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/crypto/hmac.h"

namespace quittance::crypto {
namespace {

using nlohmann::json;

const KeyPair kKeys = NewEs256Key();
constexpr std::string_view kIssuer = "https://quittance.example";
const TimePoint kNow = FromUnixSeconds(1'800'000'000);

std::optional<std::string> Lookup(std::string_view kid) {
  if (kid == "k1") return kKeys.public_key;
  return std::nullopt;
}

json GoodHeader() { return {{"alg", "ES256"}, {"kid", "k1"}, {"typ", "JWT"}}; }
json GoodClaims() {
  return {{"iss", kIssuer},
          {"aud", "quittance"},
          {"sub", "usr_1"},
          {"tid", "ten_1"},
          {"sid", "ses_1"},
          {"scope", "a:read b:write"},
          {"roles", {"VIEWER"}},
          {"epoch", 3},
          {"jti", "j"},
          {"iat", UnixSeconds(kNow)},
          {"exp", UnixSeconds(kNow) + 1800}};
}

// Signed with our key whatever the texts say.
std::string Token(const std::string& header, const std::string& claims) {
  const std::string message = Base64Url(header) + "." + Base64Url(claims);
  return message + "." + Base64Url(SignEs256(message, PrivateKey(kKeys.private_key)));
}
std::string Token(const json& header, const json& claims) { return Token(header.dump(), claims.dump()); }

bool Accepted(const std::string& token, TimePoint now = kNow) {
  const auto claims = VerifyToken(token, Lookup, kIssuer, now);
  if (!claims) {
    EXPECT_EQ(claims.error().code, Code::kUnauthenticated);
    EXPECT_EQ(claims.error().reason, Reason::kTokenInvalid);
    EXPECT_EQ(claims.error().message, "the access token is not valid");  // never which part
  }
  return claims.ok();
}

bool AcceptedWith(const char* claim, const json& value, TimePoint now = kNow) {
  json claims = GoodClaims();
  claims[claim] = value;
  return Accepted(Token(GoodHeader(), claims), now);
}

TEST(Jwt, RoundTrip) {
  Claims claims;
  claims.issuer = kIssuer;
  claims.audience = "quittance";
  claims.subject = "usr_1";
  claims.tenant = "ten_1";
  claims.session = "ses_1";
  claims.scope = "billing:read";
  claims.jti = "j";
  claims.roles = {"ADMIN", "VIEWER"};
  claims.epoch = 7;
  claims.issued = kNow;
  claims.expires = kNow + std::chrono::minutes(30);
  const auto read = VerifyToken(SignToken(claims, "k1", PrivateKey(kKeys.private_key)), Lookup, kIssuer, kNow);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->subject, "usr_1");
  EXPECT_EQ(read->tenant, "ten_1");
  EXPECT_EQ(read->session, "ses_1");
  EXPECT_EQ(read->scope, "billing:read");
  EXPECT_EQ(read->roles, claims.roles);
  EXPECT_EQ(read->epoch, 7);
  EXPECT_EQ(read->issued, claims.issued);
  EXPECT_EQ(read->expires, claims.expires);
}

TEST(Jwt, A17_TheHeaderChoosesNothing) {
  EXPECT_TRUE(Accepted(Token(GoodHeader(), GoodClaims())));
  for (const char* alg : {"none", "None", "NONE", "nOnE", "HS256", "RS256", "ES384", "es256", ""}) {
    json header = GoodHeader();
    header["alg"] = alg;
    EXPECT_FALSE(Accepted(Token(header, GoodClaims()))) << alg;
  }
  const std::string unsigned_part = Base64Url(R"({"alg":"none","kid":"k1","typ":"JWT"})") + "." + Base64Url(GoodClaims().dump());
  EXPECT_FALSE(Accepted(unsigned_part + "."));
  EXPECT_FALSE(Accepted(unsigned_part));
}

TEST(Jwt, A17_TheExamplesOfRfc7515AndRfc7519AreNotOurs) {
  // RFC 7519 section 6.1 (no algorithm), RFC 7515 appendix A.1 (HS256), A.3 (ES256 without kid): valid of their kind, refused here.
  const std::string claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  EXPECT_FALSE(Accepted("eyJhbGciOiJub25lIn0." + claims + "."));
  EXPECT_FALSE(Accepted("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + claims + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  EXPECT_FALSE(Accepted("eyJhbGciOiJFUzI1NiJ9." + claims +
                        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"));
}

TEST(Jwt, A17_HmacUnderThePublicKeyIsRefused) {
  for (const char* alg : {"HS256", "ES256"}) {
    json header = GoodHeader();
    header["alg"] = alg;
    const std::string message = Base64Url(header.dump()) + "." + Base64Url(GoodClaims().dump());
    EXPECT_FALSE(Accepted(message + "." + Base64Url(AsView(HmacSha256(kKeys.public_key, message)))));
  }
}

TEST(Jwt, A17_KeysComeOnlyFromOurTable) {
  for (const char* kid : {"../../x", "k2", "", "k1\n", "' OR 1=1"}) {
    json header = GoodHeader();
    header["kid"] = kid;
    EXPECT_FALSE(Accepted(Token(header, GoodClaims()))) << kid;
  }
  for (const char* extra : {"jku", "jwk", "x5u", "x5c", "crit", "zip", "cty"}) {
    json header = GoodHeader();
    header[extra] = "https://keys.example/jwks.json";
    EXPECT_FALSE(Accepted(Token(header, GoodClaims()))) << extra;
  }
  EXPECT_FALSE(Accepted(Token(json{{"alg", "ES256"}, {"typ", "JWT"}}, GoodClaims())));
  EXPECT_FALSE(Accepted(Token(json{{"alg", "ES256"}, {"kid", 1}, {"typ", "JWT"}}, GoodClaims())));
}

TEST(Jwt, A18_TimesIssuerAudienceTypeAndService) {
  const std::int64_t now = UnixSeconds(kNow);
  EXPECT_FALSE(Accepted(Token(GoodHeader(), GoodClaims()), kNow + std::chrono::seconds(1801)));  // expired by 1 s
  EXPECT_FALSE(Accepted(Token(GoodHeader(), GoodClaims()), kNow + std::chrono::seconds(1800)));
  EXPECT_TRUE(Accepted(Token(GoodHeader(), GoodClaims()), kNow + std::chrono::seconds(1799)));
  EXPECT_TRUE(AcceptedWith("iat", now + 30));
  EXPECT_FALSE(AcceptedWith("iat", now + 31));
  EXPECT_FALSE(AcceptedWith("nbf", now + 31));
  EXPECT_TRUE(AcceptedWith("nbf", now + 30));
  EXPECT_FALSE(AcceptedWith("iss", "https://other.example"));
  EXPECT_FALSE(AcceptedWith("aud", "other"));
  EXPECT_FALSE(AcceptedWith("aud", json::array({"quittance"})));
  EXPECT_FALSE(AcceptedWith("sub", ""));
  for (const char* type : {"refresh", "at+jwt", "jwt", ""}) {
    json header = GoodHeader();
    header["typ"] = type;
    EXPECT_FALSE(Accepted(Token(header, GoodClaims()))) << type;
  }
  EXPECT_FALSE(Accepted("an-opaque-refresh-token"));
}

TEST(Jwt, A19_SignatureSpellings) {
  const std::string token = Token(GoodHeader(), GoodClaims());
  const std::size_t dot = token.rfind('.');
  const std::string signature = *UnBase64Url(token.substr(dot + 1));
  const auto with = [&](const std::string& other) { return token.substr(0, dot + 1) + Base64Url(other); };
  EXPECT_TRUE(Accepted(with(signature)));
  EXPECT_FALSE(Accepted(with(signature.substr(0, 63))));
  EXPECT_FALSE(Accepted(with(signature + '\0')));
  EXPECT_FALSE(Accepted(with(std::string(64, '\0'))));
  EXPECT_FALSE(Accepted(with(std::string(32, '\0') + signature.substr(32))));
  EXPECT_FALSE(Accepted(with(signature.substr(0, 32) + std::string(32, '\0'))));
  EXPECT_FALSE(Accepted(with("")));
  EXPECT_FALSE(Accepted(token + "="));
  EXPECT_FALSE(Accepted(token + "."));
  EXPECT_FALSE(Accepted(" " + token));
  EXPECT_FALSE(Accepted(token + "\n"));
  const std::string der = std::string("\x30\x44\x02\x20", 4) + signature.substr(0, 32) + std::string("\x02\x20", 2) + signature.substr(32);
  EXPECT_FALSE(Accepted(with(der)));
}

TEST(Jwt, BrokenJsonIsRefusedEvenWithAGoodSignature) {
  const std::string header = GoodHeader().dump();
  const std::string claims = GoodClaims().dump();
  EXPECT_FALSE(Accepted(Token(header, "")));
  EXPECT_FALSE(Accepted(Token(header, "[]")));
  EXPECT_FALSE(Accepted(Token(header, claims + "x")));
  EXPECT_FALSE(Accepted(Token(header, "{\"sub\":\"usr_2\"," + claims.substr(1))));  // two names, two meanings
  EXPECT_FALSE(Accepted(Token("{\"alg\":\"none\"," + header.substr(1), claims)));
  EXPECT_FALSE(Accepted(Token(header, std::string(3000, '[') + std::string(3000, ']'))));
  for (const char* claim : {"iss", "aud", "sub", "tid", "sid", "scope", "roles", "epoch", "jti", "iat", "exp"}) {
    json broken = GoodClaims();
    broken.erase(claim);
    EXPECT_FALSE(Accepted(Token(GoodHeader(), broken))) << claim;
    EXPECT_FALSE(AcceptedWith(claim, nullptr)) << claim;
    EXPECT_FALSE(AcceptedWith(claim, json::object())) << claim;
  }
  EXPECT_FALSE(AcceptedWith("exp", 1e300));
  EXPECT_FALSE(AcceptedWith("exp", "1800001800"));
  EXPECT_FALSE(AcceptedWith("exp", INT64_MAX));
  EXPECT_FALSE(AcceptedWith("exp", UINT64_MAX));
  EXPECT_FALSE(AcceptedWith("iat", -1));
  EXPECT_FALSE(AcceptedWith("roles", json::array({1})));
  EXPECT_FALSE(Accepted(""));
  EXPECT_FALSE(Accepted(".."));
  EXPECT_FALSE(Accepted(std::string(100'000, 'a')));
}

TEST(Jwt, JwksShowsPublicKeysOnly) {
  const json set = json::parse(JwksJson({{"k1", kKeys.public_key}}));
  ASSERT_EQ(set["keys"].size(), 1U);
  const json& key = set["keys"][0];
  EXPECT_EQ(key["kty"], "EC");
  EXPECT_EQ(key["crv"], "P-256");
  EXPECT_EQ(key["alg"], "ES256");
  EXPECT_EQ(key["use"], "sig");
  EXPECT_EQ(key["kid"], "k1");
  EXPECT_EQ("\x04" + *UnBase64Url(key["x"].get<std::string>()) + *UnBase64Url(key["y"].get<std::string>()), kKeys.public_key);
  EXPECT_FALSE(key.contains("d"));
}

}  // namespace
}  // namespace quittance::crypto

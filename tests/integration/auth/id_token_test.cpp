// Login by an issuer's word, against an issuer on the network: what is believed, what is refused, which account it opens.
#include <nlohmann/json.hpp>

#include "common/http/client.h"
#include "services/auth/usecases/erase_user.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/login_with_id_token.h"
#include "services/auth/usecases/manage_tenants.h"
#include "services/auth/usecases/refusals.h"
#include "services/auth/usecases/sign_up.h"
#include "tests/integration/auth/fixture.h"
#include "tests/sandbox/sandbox.h"

namespace quittance::auth {
namespace {

using Json = nlohmann::json;

const std::string kIdNonce = "a-nonce-of-this-browser";
constexpr const char* kClient = "client-of-ours";

Task<Result<TrustedIssuer>> Trusted(Issuers* issuers, std::string url, std::string provider, std::string kid) {
  if (provider != "sandbox") co_return CredentialsInvalid();
  auto keys = co_await issuers->Keys(url, std::move(kid));
  if (!keys) co_return keys.error();
  co_return TrustedIssuer{url, {kClient, "another-client-of-ours"}, *std::move(keys)};
}

struct IdTokenTest : AuthTest {
  void SetUp() override {
    AuthTest::SetUp();
    network.Start("127.0.0.1:0", "127.0.0.1:0");
    url = "http://127.0.0.1:" + std::to_string(network.http_port());
    deps.trusted_issuer = [this](TenantId, std::string provider, std::string kid) {
      return Trusted(&issuers, url + "/oidc", std::move(provider), std::move(kid));
    };
  }
  void TearDown() override { deps.trusted_issuer = nullptr; }

  // An id token that is right, but for what `claims` and `more` say.
  std::string Token(const Json& claims = Json::object(), Json more = Json::object()) {
    Json all = {{"aud", kClient}, {"nonce", kIdNonce}, {"sub", "subject-" + tenant.code}, {"email", email}, {"email_verified", true}};
    if (claims.is_object()) all.update(claims);
    more["claims"] = all;
    http::Request request{.target = "sandbox", .method = "POST", .url = url + "/control/id_token", .body = more.dump()};
    const auto outcome = world.Run(client.Send(std::move(request)));
    return Json::parse(std::get<http::Response>(outcome).body).at("id_token");
  }
  Result<LoginReply> LogIn(const std::string& token, const std::string& nonce = kIdNonce, const std::string& provider = "sandbox") {
    return world.Run(LoginWithIdToken(deps, {{"anonymous", ""}, tenant.code, provider, token, nonce}));
  }
  void ExpectRefused(const std::string& token, const std::string& what) {
    const auto refused = LogIn(token);
    ASSERT_FALSE(refused.ok()) << what;
    EXPECT_EQ(refused.error().reason, Reason::kCredentialsInvalid) << what;
  }
  std::int64_t Asked() {
    http::Request request{.target = "sandbox", .url = url + "/control/calls?target=oidc"};
    const auto outcome = world.Run(client.Send(std::move(request)));
    return static_cast<std::int64_t>(Json::parse(std::get<http::Response>(outcome).body).at("items").size());
  }
  std::int64_t Users() { return world.RawCount("SELECT count(*) FROM users WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"); }

  std::string email = "claire@client.example";
  std::string url;
  metrics::Registry registry;
  sandbox::Sandbox network{world.clock};
  http::Client client{registry};
  Issuers issuers{client, true};
};

TEST_F(IdTokenTest, BothAlgorithmsOpenOneAccountAndKeysAreKept) {
  for (const char* alg : {"RS256", "ES256"}) {
    const auto in = LogIn(Token({}, {{"alg", alg}}));
    ASSERT_TRUE(in.ok() && in->tokens) << alg;
    EXPECT_EQ(Verified(in->tokens->access_token).amr, std::vector<std::string>{"fed"});
    EXPECT_EQ(Verified(in->tokens->access_token).subject, UserOf(email).ToString());
  }
  EXPECT_TRUE(LogIn(Token({{"email_verified", "true"}})).ok()) << "as Apple writes it";
  EXPECT_TRUE(LogIn(Token({{"email", nullptr}})).ok()) << "known by its subject";
  EXPECT_TRUE(LogIn(Token({{"aud", {kClient, "somebody"}}, {"azp", kClient}})).ok());
  EXPECT_EQ(Users(), 1);
  EXPECT_EQ(AuditRows("LinkIdentity"), 1);
  EXPECT_EQ(Asked(), 2) << "metadata and key set, once";
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM identities i WHERE i::text LIKE '%subject-%'"), 0) << "the subject is a hash";
}

TEST_F(IdTokenTest, A17_A18_WhatIsNotMeantForUsIsRefused) {
  ASSERT_TRUE(LogIn(Token()).ok());
  const std::int64_t now = UnixSeconds(world.clock.Now());
  ExpectRefused(Token({{"aud", "somebody-else"}}), "audience");
  ExpectRefused(Token({{"aud", Json::array()}}), "no audience");
  ExpectRefused(Token({{"aud", {kClient, "somebody"}}}), "two audiences and no azp");
  ExpectRefused(Token({{"azp", "somebody"}}), "azp");
  ExpectRefused(Token({{"iss", "https://other.example"}}), "issuer");
  ExpectRefused(Token({{"exp", now}}), "expired");
  ExpectRefused(Token({{"exp", nullptr}}), "no end");
  ExpectRefused(Token({{"iat", now + 31}}), "from the future");
  ExpectRefused(Token({{"nbf", now + 31}}), "not yet");
  ExpectRefused(Token({{"nonce", "another-nonce-altogether"}}), "nonce");
  ExpectRefused(Token({{"nonce", nullptr}}), "no nonce");
  ExpectRefused(Token({{"sub", ""}}), "no subject");
  for (const char* alg : {"none", "HS256", "None", "ES384"}) ExpectRefused(Token({}, {{"alg", alg}}), alg);
  ExpectRefused(Token({}, {{"alg", "ES256"}, {"key", "unknown"}}), "a key that the issuer does not show");
  std::string changed = Token();
  changed[changed.find('.') + 12] ^= 1;
  ExpectRefused(changed, "changed");
  ExpectRefused("nonsense", "no token");
  EXPECT_EQ(LogIn(Token(), kIdNonce, "google").error().reason, Reason::kCredentialsInvalid) << "not set";
  EXPECT_EQ(LogIn(Token(), "short").error().fields.at(0).field, "nonce");
}

TEST_F(IdTokenTest, A20_ARotatedKeyIsFoundAndUnknownOnesDoNotHammerTheIssuer) {
  ASSERT_TRUE(LogIn(Token()).ok());
  const std::string rotated = Token({}, {{"rotate", true}});
  EXPECT_FALSE(LogIn(rotated).ok()) << "asked a moment ago";
  EXPECT_EQ(Asked(), 2);
  Issuers later(client, true);
  deps.trusted_issuer = [&](TenantId, std::string provider, std::string kid) {
    return Trusted(&later, url + "/oidc", std::move(provider), std::move(kid));
  };
  EXPECT_TRUE(LogIn(rotated).ok());
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(LogIn(Token({}, {{"alg", "ES256"}, {"key", "unknown"}})).ok());
  EXPECT_EQ(Asked(), 4);
}

TEST_F(IdTokenTest, AnIssuerThatIsDownOrAnotherIsUnavailable) {
  const std::string token = Token();
  for (const char* where : {"http://127.0.0.1:1/oidc", "/oidc/"}) {
    Issuers fresh(client, true);
    const std::string issuer = where[0] == '/' ? url + where : where;
    deps.trusted_issuer = [&](TenantId, std::string provider, std::string kid) {
      return Trusted(&fresh, issuer, std::move(provider), std::move(kid));
    };
    EXPECT_EQ(LogIn(token).error().code, Code::kUnavailable) << where;
  }
}

TEST_F(IdTokenTest, AnIssuerThatGivesNothingIsNotAskedByEveryLogin) {
  Issuers fresh(client, true);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(world.Run(fresh.Keys(url + "/oidc/", "rsa-1")).ok());
  EXPECT_EQ(Asked(), 1);
}

// What a tenant's operator writes is a URL like any other's: it must not make us knock at our neighbours.
TEST_F(IdTokenTest, W30_AnIssuerIsAskedOverTlsAtAPublicAddressAlone) {
  const std::string port = url.substr(url.rfind(':'));
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0.0.0.0"}) {
    Issuers strict(client, false);
    EXPECT_FALSE(world.Run(strict.Keys("https://" + host + port + "/oidc", "rsa-1")).ok()) << host;
    EXPECT_FALSE(world.Run(strict.Keys("http://" + host + port + "/oidc", "rsa-1")).ok()) << host;
  }
  const std::string counted = registry.Render();
  EXPECT_NE(counted.find(R"(outcome="connect",target="oidc")"), std::string::npos) << "refused before a connection";
  EXPECT_EQ(counted.find(R"(outcome="tls",target="oidc")"), std::string::npos) << "no handshake was begun";
  EXPECT_EQ(Asked(), 0);
}

TEST_F(IdTokenTest, OnlyAVerifiedAddressLinksAnAccount) {
  const UserId owner = NewPerson("owner@client.example");
  email = "owner@client.example";
  ExpectRefused(Token({{"email_verified", false}}), "the issuer has not verified it");
  ExpectRefused(Token({{"email_verified", nullptr}}), "the issuer does not say");
  ExpectRefused(Token({{"email", nullptr}}), "no address");
  EXPECT_EQ(AuditRows("LinkIdentity"), 0);
  const auto in = LogIn(Token({{"email", "Owner@CLIENT.example"}}));
  ASSERT_TRUE(in.ok() && in->tokens);
  EXPECT_EQ(Verified(in->tokens->access_token).subject, owner.ToString());
  EXPECT_TRUE(Login("owner@client.example").ok()) << "the password stays";
}

TEST_F(IdTokenTest, AnAddressThatSomebodyPreparedGivesThemNothing) {
  email = "victim@client.example";
  ASSERT_TRUE(world.Run(SignUp(deps, {{"anonymous", ""}, tenant.code, email, Secret(std::string(kGoodPassword)), ""})).ok());
  const auto in = LogIn(Token());
  ASSERT_TRUE(in.ok() && in->tokens);
  EXPECT_FALSE(world.Run(auth::Login(deps, {{"anonymous", ""}, tenant.code, email, Secret(std::string(kGoodPassword))})).ok())
      << "the prepared password has no force";
  EXPECT_EQ(Users(), 1);
}

TEST_F(IdTokenTest, FrozenClosedAndErasedAccounts) {
  ASSERT_TRUE(LogIn(Token()).ok());
  const UserId user = UserOf(email);
  world.RawText("UPDATE users SET status = 'frozen' WHERE user_id = '" + user.uuid.Hex() + "' RETURNING 1");
  ExpectRefused(Token(), "frozen");
  world.RawText("UPDATE users SET status = 'active' WHERE user_id = '" + user.uuid.Hex() + "' RETURNING 1");
  ASSERT_TRUE(world.Run(EraseUser(deps, {Operator(), {"svc", ""}, Key(Operator(), "erase-identity"), user.ToString()})).ok());
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM identities WHERE user_id = '" + user.uuid.Hex() + "'"), 0);
  world.RawText("UPDATE tenants SET sign_up_open = false WHERE tenant_id = '" + tenant.id.uuid.Hex() + "' RETURNING 1");
  EXPECT_EQ(LogIn(Token()).error().reason, Reason::kSignUpClosed);
  world.RawText("UPDATE tenants SET sign_up_open = true WHERE tenant_id = '" + tenant.id.uuid.Hex() + "' RETURNING 1");
  EXPECT_TRUE(LogIn(Token()).ok()) << "a stranger like anybody";
  EXPECT_NE(UserOf(email), user);
}

}  // namespace
}  // namespace quittance::auth

// Who gets in: tokens, scopes, revocations, keys.
#include "common/crypto/token_secrets.h"
#include "common/rpc/trust_poll.h"
#include "tests/integration/rpc/edge_fixture.h"

namespace quittance::rpc {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class Tokens : public EdgeTest {
 protected:
  void ExpectRefused(const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
    EXPECT_EQ(ReasonOf(status), "TOKEN_INVALID");
  }
  void Refresh() { async::RunSync(executor_, TrustOf(*edge_).Refresh()); }
};

TEST_F(Tokens, MissingOrMangledIsUnauthenticated) {
  ExpectRefused(GetPlan(""));
  ExpectRefused(GetPlan("not.a.token"));
  ExpectRefused(GetPlan(std::string(9000, 'a')));
  ExpectRefused(GetPlan("", {{"authorization", UserToken()}}));  // without "Bearer "
  ExpectRefused(GetPlan("", {{"authorization", "Basic dXNlcjpwYXNz"}}));
  EXPECT_EQ(hooks_.calls, 0);
  EXPECT_NE(metrics_.Render().find("quittance_auth_failures_total{reason=\"invalid\"}"), std::string::npos);
}

TEST_F(Tokens, A18_ExpiredOrForeignIsUnauthenticated) {
  crypto::Claims expired = UserClaims();
  expired.issued = clock_.Now() - minutes(31);
  expired.expires = clock_.Now() - seconds(1);
  ExpectRefused(GetPlan(auth_.Token(expired)));
  crypto::Claims foreign = UserClaims();
  foreign.issuer = "https://elsewhere.example.com";
  ExpectRefused(GetPlan(auth_.Token(foreign)));
  crypto::Claims nobody = UserClaims();
  nobody.subject = "adm_00000000000000000000000000000001";
  ExpectRefused(GetPlan(auth_.Token(nobody)));
  crypto::Claims no_session = UserClaims();
  no_session.session = "";
  ExpectRefused(GetPlan(auth_.Token(no_session)));
  EXPECT_EQ(hooks_.calls, 0);
}

// Nothing is wrong with these but the hour: the metric says so, the caller is told nothing more than others.
TEST_F(Tokens, D10_TokensRefusedForAClockThatIsOffAreCountedAsSuch) {
  const std::string before = UserToken();
  clock_.Advance(minutes(31));
  const std::string after = UserToken();
  ExpectRefused(GetPlan(before));
  clock_.Advance(-minutes(41));
  ExpectRefused(GetPlan(after));
  EXPECT_NE(metrics_.Render().find("quittance_auth_failures_total{reason=\"time\"} 2"), std::string::npos) << metrics_.Render();
}

TEST_F(Tokens, A18_ARememberedTokenDiesWithItsEnd) {
  const std::string token = UserToken();
  EXPECT_TRUE(GetPlan(token).ok());
  clock_.Advance(minutes(30));
  ExpectRefused(GetPlan(token));
}

TEST_F(Tokens, ACallKnowsItsCaller) {
  ASSERT_TRUE(
      GetPlan(AccountToken("subscriptions:read billing:read"), {{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}})
          .ok());
  const Call call = hooks_.Last();
  EXPECT_EQ(call.caller.kind, Caller::Kind::kServiceAccount);
  EXPECT_EQ(call.caller.tenant, tenant_);
  EXPECT_TRUE(call.caller.tenant_wide);
  EXPECT_TRUE(call.caller.HasScope("billing:read"));
  EXPECT_EQ(call.cause.actor, call.caller.subject);
  EXPECT_EQ(call.cause.traceparent.substr(3, 32), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_NE(call.cause.traceparent.substr(36, 16), "00f067aa0ba902b7") << "a span of its own";
  EXPECT_EQ(call.client_address_hash.size(), 32u);
}

TEST_F(Tokens, A28_AUserWithoutScopesReachesWhatIsTheirOwn) {
  ASSERT_TRUE(GetPlan(UserToken()).ok());
  const Call call = hooks_.Last();
  EXPECT_EQ(call.caller.kind, Caller::Kind::kUser);
  EXPECT_FALSE(call.caller.tenant_wide);
  EXPECT_TRUE(call.caller.user.has_value() && call.caller.session.has_value());
}

TEST_F(Tokens, I10_WrongScopeIsDeniedBeforeTheKeyIsLookedAt) {
  for (const std::string& token : {UserToken(), UserToken("subscriptions:read"), AccountToken("billing:admin")}) {
    const grpc::Status status = CreatePlan(token, CreatePlanRequest());
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(ReasonOf(status), "PERMISSION_DENIED");
  }
  // `own` opens for users, not for accounts without the scope.
  EXPECT_EQ(GetPlan(AccountToken("billing:read")).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(hooks_.calls, 0);
}

TEST_F(Tokens, ProcessMethodsAreForProcesses) {
  const auto resolve = [&](const std::string& token) {
    const auto context = Context(token);
    ResolveContactsResponse response;
    return user_stub_->ResolveContacts(context.get(), ResolveContactsRequest(), &response).error_code();
  };
  EXPECT_EQ(resolve(AccountToken("platform:service")), grpc::StatusCode::OK);
  EXPECT_EQ(resolve(AccountToken("auth:admin")), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(resolve(UserToken("platform:service")), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(resolve(""), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(Tokens, OnlyOurProcessesNameATenant) {
  const std::string other = "ten_000000000000000000000000000000a2";
  const auto ask = [&](const std::string& token, const std::string& tenant, User* user) {
    const auto context = Context(token);
    GetUserRequest request;
    request.set_tenant_id(tenant);
    return user_stub_->GetUser(context.get(), request, user);
  };
  User user;
  EXPECT_TRUE(ask(AccountToken("platform:service"), other, &user).ok());
  EXPECT_EQ(user.id(), other);
  EXPECT_EQ(ask(AccountToken("platform:service"), "", &user).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(ask(AccountToken("auth:read"), "", &user).ok());
  EXPECT_EQ(user.id(), tenant_.ToString());
  EXPECT_TRUE(ask(AccountToken("auth:read"), tenant_.ToString(), &user).ok());
  EXPECT_EQ(ask(AccountToken("auth:read"), other, &user).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(Tokens, AnonymousMethodsIgnoreAMissingTokenButVerifyOneThatIsThere) {
  EXPECT_TRUE(Login().ok());
  EXPECT_EQ(hooks_.Last().caller.kind, Caller::Kind::kAnonymous);
  EXPECT_EQ(hooks_.Last().cause.actor, "anonymous");
  EXPECT_TRUE(Login(AccountToken("auth:read")).ok());
  EXPECT_EQ(hooks_.Last().caller.kind, Caller::Kind::kServiceAccount);
  ExpectRefused(Login("not.a.token"));
}

TEST_F(Tokens, I11_ARepeatedTokenIsRefused) {
  const grpc::Status status = GetPlan(UserToken(), {{"authorization", "Bearer " + AccountToken("subscriptions:read")}});
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(FieldOf(status), "authorization");
  EXPECT_EQ(hooks_.calls, 0);
}

TEST_F(Tokens, A16_ARevokedSessionIsOutAtTheNextPoll) {
  const std::string token = UserToken();
  EXPECT_TRUE(GetPlan(token).ok());
  auth_.Revoke({tenant_, "", UserClaims().session, 0, clock_.Now() + minutes(30)});
  Refresh();
  ExpectRefused(GetPlan(token));
  EXPECT_NE(metrics_.Render().find("quittance_auth_failures_total{reason=\"revoked\"} 1"), std::string::npos);
}

TEST_F(Tokens, A16_AnEpochEndsAllOlderTokensOfTheSubject) {
  crypto::Claims newer = UserClaims();
  newer.epoch = 3;
  auth_.Revoke({tenant_, UserClaims().subject, "", 3, clock_.Now() + minutes(30)});
  Refresh();
  ExpectRefused(GetPlan(UserToken()));
  EXPECT_TRUE(GetPlan(auth_.Token(newer)).ok());
}

TEST_F(Tokens, A20_AnUnknownKeyIsAskedForOnce) {
  auth_.AddKey("k2", false);
  const std::string token = auth_.Token(UserClaims(), "k2");
  ExpectRefused(GetPlan(token));
  auth_.Publish("k2");
  EXPECT_TRUE(GetPlan(token).ok()) << "no waiting for the next interval";
  EXPECT_TRUE(GetPlan(UserToken()).ok()) << "old tokens go on";
}

TEST_F(Tokens, A20_UnknownKeysDoNotFloodAuth) {
  auth_.AddKey("k2", false);
  const int before = auth_.polls();
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) callers.emplace_back([&] { ExpectRefused(GetPlan(auth_.Token(UserClaims(), "k2"))); });
  for (std::thread& caller : callers) caller.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  EXPECT_LE(auth_.polls() - before, static_cast<int>(took.count()) + 2);
}

TEST_F(Tokens, KeysOutliveAuth) {
  auth_.SetDown(true);
  Refresh();
  EXPECT_TRUE(GetPlan(UserToken()).ok());
  EXPECT_TRUE(TrustFresh(*edge_));
  EXPECT_NE(metrics_.Render().find("quittance_trust_age_seconds"), std::string::npos);
}

TEST_F(Tokens, ATenantMadeAMomentAgoIsFound) {
  EXPECT_FALSE(async::RunSync(executor_, FindTenant(TrustOf(*edge_), "calmness")).has_value());
  auth_.AddTenant({tenant_, "calmness", "Calmness", "fr", "Europe/Paris"});
  const auto found = async::RunSync(executor_, FindTenant(TrustOf(*edge_), "calmness"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, tenant_);
  EXPECT_EQ(TenantById(TrustOf(*edge_), tenant_)->display_name, "Calmness");
}

// An edge that never heard of a key lets nobody in, and does not call a good token bad.
TEST(NoTrust, FailsClosedAsUnavailable) {
  async::Executor executor(1);
  metrics::Registry metrics;
  SystemClock clock;
  FakeAuth auth;
  auth.SetDown(true);
  EdgeOptions options{kIssuer, auth.Source()};
  const auto edge = MakeEdge(options, executor, metrics, clock);
  StartEdge(*edge);
  EXPECT_FALSE(TrustFresh(*edge));
  auth.SetDown(false);
  for (int i = 0; i < 60 && !TrustFresh(*edge); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(TrustFresh(*edge)) << "without keys it asks every second";
}

// A platform that is configured for HS256.
const std::string kTokenSecret = "a secret that all processes share";

class SecretTokens : public EdgeTest {
 protected:
  SecretTokens() : EdgeTest(2, kServiceAccountRate, Secret(kTokenSecret)) {}
  static std::string Signed(const crypto::Claims& claims, const std::string& secret = kTokenSecret) {
    return crypto::SignToken(claims, *crypto::TokenSecrets::Parse(Secret(secret)));
  }
};

TEST_F(SecretTokens, A17_OneAlgorithmAloneIsBelieved) {
  EXPECT_TRUE(GetPlan(Signed(UserClaims())).ok());
  EXPECT_EQ(GetPlan(UserToken()).error_code(), grpc::StatusCode::UNAUTHENTICATED) << "ES256, by a key that auth publishes";
  EXPECT_EQ(GetPlan(Signed(UserClaims(), "a secret that nobody else has, ever")).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(Tokens, A17_WithoutASecretHs256IsRefused) {
  ExpectRefused(GetPlan(crypto::SignToken(UserClaims(), *crypto::TokenSecrets::Parse(Secret(kTokenSecret)))));
}

TEST_F(SecretTokens, A16_ARevokedSessionIsOutUnderHs256Too) {
  const std::string token = Signed(UserClaims());
  EXPECT_TRUE(GetPlan(token).ok());
  auth_.Revoke({tenant_, "", UserClaims().session, 0, clock_.Now() + minutes(30)});
  async::RunSync(executor_, TrustOf(*edge_).Refresh());
  EXPECT_EQ(GetPlan(token).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace quittance::rpc

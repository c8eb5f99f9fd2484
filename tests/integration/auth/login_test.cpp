// Login: one answer to everything that is wrong (login_time_test.cpp: in one time); what a right one gives.
#include "services/auth/usecases/login.h"

#include "services/auth/domain/session.h"
#include "services/auth/usecases/create_user.h"
#include "services/auth/usecases/sign_up.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct LoginTest : AuthTest {
  // An account in each state that must look the same; the password is right where there is one.
  std::vector<std::string> Refusable() {
    NewPerson("wrong@client.example", "another phrase of theirs");
    NewPerson("frozen@client.example");
    world.RawText("UPDATE users SET status = 'frozen' WHERE user_id = '" + UserOf("frozen@client.example").uuid.Hex() + "' RETURNING 1");
    EXPECT_TRUE(
        world.Run(SignUp(deps, {{"anonymous", ""}, tenant.code, "unverified@client.example", Secret(std::string(kGoodPassword)), ""}))
            .ok());
    EXPECT_TRUE(
        world.Run(CreateUser(deps, {Operator(), {"svc", ""}, Key(Operator(), "backend-user"), {"backend@client.example", "", ""}, ""}))
            .ok());
    return {"unknown@client.example", "wrong@client.example", "frozen@client.example", "unverified@client.example",
            "backend@client.example"};
  }
};

TEST_F(LoginTest, GivesTheTokensOfTheContract) {
  const UserId user = NewPerson("claire@client.example");
  const auto tokens = Login("Claire@CLIENT.example");
  ASSERT_TRUE(tokens.ok());
  const crypto::Claims claims = Verified(tokens->access_token);
  EXPECT_EQ(claims.subject, user.ToString());
  EXPECT_EQ(claims.tenant, tenant.id.ToString());
  EXPECT_EQ(claims.scope, "");
  EXPECT_EQ(claims.roles, std::vector<std::string>{"user"});
  EXPECT_EQ(claims.expires - claims.issued, kAccessTokenLife);
  EXPECT_TRUE(SessionId::Parse(claims.session, "session").ok());
  EXPECT_EQ(Events("LoginSucceeded"), 1);
  EXPECT_EQ(AuditRows("Login"), 1);
}

TEST_F(LoginTest, A01_EverythingWrongHasOneAnswer) {
  std::optional<Error> first;
  for (const std::string& email : Refusable()) {
    const auto refused = Login(email);
    ASSERT_FALSE(refused.ok()) << email;
    if (!first) first = refused.error();
    EXPECT_EQ(refused.error().code, Code::kUnauthenticated) << email;
    EXPECT_EQ(refused.error().reason, Reason::kCredentialsInvalid) << email;
    EXPECT_EQ(refused.error().message, first->message) << email;
    EXPECT_TRUE(refused.error().fields.empty() && refused.error().metadata.empty()) << email;
  }
  EXPECT_EQ(Events("LoginFailed"), 5);
  EXPECT_EQ(AuditRows("Login"), 5);
}

TEST_F(LoginTest, A05_WhoFindsNoSeatIsNeitherLookedUpNorCounted) {
  NewPerson("claire@client.example");
  const std::string counted = "SELECT count(*) FROM login_throttles WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'";
  {
    std::vector<PasswordHasher::Seat> taken;
    for (auto seat = deps.passwords.TakeSeat(); seat.ok(); seat = deps.passwords.TakeSeat()) taken.push_back(*std::move(seat));
    const auto refused = Login("claire@client.example");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().reason, Reason::kOverloaded);
    EXPECT_TRUE(refused.error().retry_after.has_value());
    EXPECT_EQ(world.RawCount(counted), 0);
    EXPECT_EQ(AuditRows("Login"), 0);
  }
  EXPECT_TRUE(Login("claire@client.example").ok());
}

TEST_F(LoginTest, NoAddressIsInEventsAuditOrSessions) {
  NewPerson("secret.person@client.example");
  EXPECT_TRUE(Login("secret.person@client.example").ok());
  EXPECT_FALSE(Login("secret.person@client.example", "not the password").ok());
  for (const char* table :
       {"outbox", "audit_log", "sessions", "refresh_tokens", "users", "user_keys", "email_tokens", "idempotency_keys"}) {
    EXPECT_EQ(world.RawCount(std::string("SELECT count(*) FROM ") + table + " t WHERE t::text ILIKE '%secret.person%' OR t::text LIKE '%" +
                             "7365637265742e706572736f6e" + "%'"),
              0)
        << table;
  }
}

TEST_F(LoginTest, A06_TooLongIsRefusedBeforeHashing) {
  const auto refused = Login("claire@client.example", std::string(1'000'000, 'x'));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fields.at(0).field, "password");
  EXPECT_EQ(Login("no address").error().fields.at(0).field, "email");
}

TEST_F(LoginTest, A08_AnOldHashIsMadeAnewAtTheNextLogin) {
  const UserId user = NewPerson("rehash@client.example");
  // A test vector of argon2 itself: "password" with m=256, t=2, p=1.
  const std::string old = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  world.RawText("UPDATE users SET password_hash = '" + old + "' WHERE user_id = '" + user.uuid.Hex() + "' RETURNING 1");
  ASSERT_TRUE(Login("rehash@client.example", "password").ok());
  const std::string now = world.RawText("SELECT password_hash FROM users WHERE user_id = '" + user.uuid.Hex() + "'");
  EXPECT_EQ(now.rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0), 0u);
  EXPECT_TRUE(Login("rehash@client.example", "password").ok());
}

TEST_F(LoginTest, A07_ATamperedHashLetsNobodyIn) {
  const UserId user = NewPerson("tampered@client.example");
  world.RawText("UPDATE users SET password_hash = replace(password_hash, 'm=19456', 'm=1048576') WHERE user_id = '" + user.uuid.Hex() +
                "' RETURNING 1");
  EXPECT_FALSE(Login("tampered@client.example").ok());
}

TEST_F(LoginTest, TheOldestSessionEndsWhenThereAreTooMany) {
  NewPerson("many@client.example");
  const auto first = Login("many@client.example");
  world.RawText(
      "WITH more AS (INSERT INTO sessions (tenant_id, session_id, user_id, scopes, created_at, expire_at) SELECT tenant_id,"
      " ('f' || substr(gen_random_uuid()::text, 2))::uuid, user_id, scopes, created_at, expire_at FROM sessions, generate_series(1, " +
      std::to_string(kSessionsPerUserMax - 1) + ") WHERE tenant_id = '" + tenant.id.uuid.Hex() +
      "' RETURNING 1) SELECT count(*) FROM more");
  ASSERT_TRUE(Login("many@client.example").ok());
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND tenant_id = '" + tenant.id.uuid.Hex() + "'"),
            kSessionsPerUserMax);
  EXPECT_FALSE(Refresh(first->refresh_token).ok());
}

TEST_F(LoginTest, AnUnknownTenantLooksLikeWrongCredentials) {
  tenant.code = "no-such-tenant";
  const auto refused = Login("claire@client.example");
  EXPECT_EQ(refused.error().reason, Reason::kCredentialsInvalid);
}

}  // namespace
}  // namespace quittance::auth

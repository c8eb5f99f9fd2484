// Refresh families on a real database: rotation, lost answers, theft, races.
#include <thread>

#include "services/auth/domain/session.h"
#include "services/auth/usecases/logout.h"
#include "services/auth/usecases/refresh_token.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct RefreshTokenTest : AuthTest {
  TokenPair Begin(const std::string& email) {
    NewPerson(email);
    const auto tokens = Login(email);
    EXPECT_TRUE(tokens.ok());
    return *tokens;
  }

  std::string Where() const { return " WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"; }
  std::int64_t Active() { return world.RawCount("SELECT count(*) FROM refresh_tokens" + Where() + " AND state = 'active'"); }
  std::string RevokeReason() { return world.RawText("SELECT coalesce(max(revoke_reason), '') FROM sessions" + Where()); }
  void ExpectDead(const std::string& token) {
    const auto refused = Refresh(token);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kUnauthenticated);
    EXPECT_EQ(refused.error().reason, Reason::kCredentialsInvalid);
  }
};

TEST_F(RefreshTokenTest, RotatesAndTheNewOneGoesOn) {
  TokenPair tokens = Begin("rotate@client.example");
  for (int i = 0; i < 5; ++i) {
    const auto next = Refresh(tokens.refresh_token);
    ASSERT_TRUE(next.ok());
    EXPECT_NE(next->refresh_token, tokens.refresh_token);
    EXPECT_EQ(next->expires_in, 1800);
    EXPECT_EQ(Verified(next->access_token).session, Verified(tokens.access_token).session);
    tokens = *next;
  }
  EXPECT_EQ(Active(), 1);
}

TEST_F(RefreshTokenTest, A09_FiftyThreadsWithOneTokenGetOneSuccessor) {
  const TokenPair tokens = Begin("fifty@client.example");
  std::vector<std::string> successors(50);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < successors.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto next = Refresh(tokens.refresh_token);
      if (next) successors[i] = next->refresh_token;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& successor : successors) {
    EXPECT_FALSE(successor.empty()) << "everybody is served";
    EXPECT_EQ(successor, successors.front());
  }
  EXPECT_EQ(Active(), 1);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM refresh_tokens" + Where()), 2);
  EXPECT_TRUE(Refresh(successors.front()).ok()) << "the family is alive";
}

TEST_F(RefreshTokenTest, A10_ALostAnswerIsGivenAgainAfterFiveSeconds) {
  const TokenPair tokens = Begin("lost@client.example");
  const auto lost = Refresh(tokens.refresh_token);
  world.clock.Advance(std::chrono::seconds(5));
  const auto again = Refresh(tokens.refresh_token);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->refresh_token, lost->refresh_token);
  EXPECT_TRUE(Refresh(again->refresh_token).ok());
}

TEST_F(RefreshTokenTest, A10_AfterThirtySecondsItIsReuse) {
  const TokenPair tokens = Begin("late@client.example");
  const auto lost = Refresh(tokens.refresh_token);
  world.clock.Advance(kRepeatWindow);
  ExpectDead(tokens.refresh_token);
  ExpectDead(lost->refresh_token);
  EXPECT_EQ(RevokeReason(), "reuse");
}

TEST_F(RefreshTokenTest, A11_AGrandparentInsideTheWindowEndsTheFamily) {
  const TokenPair first = Begin("grandparent@client.example");
  const auto second = Refresh(first.refresh_token);
  const auto third = Refresh(second->refresh_token);
  ExpectDead(first.refresh_token);
  ExpectDead(third->refresh_token);
  EXPECT_EQ(RevokeReason(), "reuse");
}

TEST_F(RefreshTokenTest, A12_A13_ReuseIsCommittedBeforeTheRefusal) {
  const TokenPair stolen = Begin("stolen@client.example");
  const auto owner = Refresh(stolen.refresh_token);
  const auto owner_next = Refresh(owner->refresh_token);
  const std::int64_t before = Events("CredentialsRevoked");
  ExpectDead(stolen.refresh_token);
  // What the error could have rolled back: the family, the token, the row for the poll, event and audit.
  EXPECT_EQ(RevokeReason(), "reuse");
  EXPECT_EQ(Active(), 0);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM revocations" + Where()), 1);
  EXPECT_EQ(Events("CredentialsRevoked"), before + 1);
  EXPECT_EQ(AuditRows("EndSession"), 1);
  ExpectDead(owner_next->refresh_token);
  ExpectDead(stolen.refresh_token);
  EXPECT_EQ(Events("CredentialsRevoked"), before + 1) << "a dead family does not die again";
}

TEST_F(RefreshTokenTest, A14_RotationAndRevocationAtOnceLeaveNoLivingDescendant) {
  for (int round = 0; round < 10; ++round) {
    const std::string email = "race" + std::to_string(round) + "@client.example";
    const TokenPair tokens = Begin(email);
    Caller caller = Person(UserOf(email));
    caller.session = *SessionId::Parse(Verified(tokens.access_token).session, "session");
    std::string descendant;
    std::thread rotate([&] {
      const auto next = Refresh(tokens.refresh_token);
      if (next) descendant = next->refresh_token;
    });
    std::thread revoke([&] { EXPECT_TRUE(world.Run(Logout(deps, {caller, {caller.subject, ""}})).ok()); });
    rotate.join();
    revoke.join();
    EXPECT_EQ(Active(), 0);
    if (!descendant.empty()) ExpectDead(descendant);
    ExpectDead(tokens.refresh_token);
  }
}

TEST_F(RefreshTokenTest, A15_AWrongSecretDoesNotBurnTheRealToken) {
  const TokenPair tokens = Begin("burn@client.example");
  auto forged = *ParseToken(kRefreshTokenPrefix, tokens.refresh_token);
  forged.secret = NewTokenSecret();
  for (int i = 0; i < 3; ++i) ExpectDead(Format(kRefreshTokenPrefix, forged));
  const auto next = Refresh(tokens.refresh_token);
  ASSERT_TRUE(next.ok());
  // Nor does a wrong secret with a spent token's id end the family.
  ExpectDead(Format(kRefreshTokenPrefix, forged));
  EXPECT_TRUE(Refresh(next->refresh_token).ok());
}

TEST_F(RefreshTokenTest, AnotherTenantsNameInTheTokenFindsNothing) {
  const TokenPair tokens = Begin("tenant@client.example");
  auto moved = *ParseToken(kRefreshTokenPrefix, tokens.refresh_token);
  moved.tenant = NewTenantRow().id;
  ExpectDead(Format(kRefreshTokenPrefix, moved));
  ExpectDead("nonsense");
  ExpectDead("");
  EXPECT_TRUE(Refresh(tokens.refresh_token).ok());
}

TEST_F(RefreshTokenTest, A30_RightsShrinkWithTheRolesAndNeverGrowInASession) {
  NewPerson("roles@client.example");
  const std::string user = UserOf("roles@client.example").uuid.Hex();
  world.RawText("INSERT INTO user_roles (tenant_id, user_id, role) VALUES ('" + tenant.id.uuid.Hex() + "', '" + user +
                "', 'moderator') RETURNING role");
  auto tokens = *Login("roles@client.example");
  EXPECT_EQ(tokens.scope, "auth:read billing:read notifications:read subscriptions:read");
  world.RawText("INSERT INTO user_roles (tenant_id, user_id, role) VALUES ('" + tenant.id.uuid.Hex() + "', '" + user +
                "', 'admin') RETURNING role");
  tokens = *Refresh(tokens.refresh_token);
  EXPECT_EQ(tokens.scope, "auth:read billing:read notifications:read subscriptions:read") << "a new role needs a new login";
  world.RawText("DELETE FROM user_roles WHERE user_id = '" + user + "' AND role IN ('admin', 'moderator') RETURNING 1");
  tokens = *Refresh(tokens.refresh_token);
  EXPECT_EQ(tokens.scope, "");
}

TEST_F(RefreshTokenTest, IdleAndAbsoluteLifeEndIt) {
  TokenPair tokens = Begin("idle@client.example");
  world.clock.Advance(kRefreshTokenLife);
  ExpectDead(tokens.refresh_token);
  tokens = *Login("idle@client.example");
  for (int day = 0; day < 30; day += 10) {
    world.clock.Advance(std::chrono::days(10) - std::chrono::seconds(1));
    const auto next = Refresh(tokens.refresh_token);
    ASSERT_TRUE(next.ok()) << day;
    tokens = *next;
  }
  world.clock.Advance(std::chrono::seconds(3));
  ExpectDead(tokens.refresh_token);
  EXPECT_EQ(RevokeReason(), "") << "an end in time is no revocation";
}

TEST_F(RefreshTokenTest, A16_LogoutEndsRefreshAtOnceAndOnlyItsSession) {
  const TokenPair one = Begin("logout@client.example");
  const auto other = Login("logout@client.example");
  Caller caller = Person(UserOf("logout@client.example"));
  caller.session = *SessionId::Parse(Verified(one.access_token).session, "session");
  EXPECT_TRUE(world.Run(Logout(deps, {caller, {caller.subject, ""}})).ok());
  EXPECT_TRUE(world.Run(Logout(deps, {caller, {caller.subject, ""}})).ok()) << "twice is once";
  ExpectDead(one.refresh_token);
  EXPECT_TRUE(Refresh(other->refresh_token).ok());
  EXPECT_EQ(RevokeReason(), "logout");
  EXPECT_EQ(Events("CredentialsRevoked"), 1);
  EXPECT_FALSE(world.Run(Logout(deps, {Operator(), {"svc", ""}})).ok()) << "a machine has no session";
}

TEST_F(RefreshTokenTest, AnotherPersonsSessionCannotBeEnded) {
  const TokenPair victim = Begin("victim@client.example");
  NewPerson("attacker@client.example");
  Caller caller = Person(UserOf("attacker@client.example"));
  caller.session = *SessionId::Parse(Verified(victim.access_token).session, "session");
  EXPECT_TRUE(world.Run(Logout(deps, {caller, {caller.subject, ""}})).ok()) << "it does not exist for them";
  EXPECT_TRUE(Refresh(victim.refresh_token).ok());
}

}  // namespace
}  // namespace quittance::auth

// What other processes poll: nothing is missed, however late a transaction commits.
#include <algorithm>
#include <thread>

#include "services/auth/store/sessions.h"
#include "services/auth/usecases/logout.h"
#include "services/auth/usecases/poll_trust.h"
#include "services/auth/usecases/purge.h"
#include "services/auth/usecases/signing_keys.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

struct TrustTest : AuthTest {
  TrustNews Poll(const std::string& cursor) {
    auto news = world.Run(PollTrust(deps, cursor));
    EXPECT_TRUE(news.ok());
    return *news;
  }
  static bool Knows(const TrustNews& news, TenantId id) {
    return std::any_of(news.tenants.begin(), news.tenants.end(), [&](const Tenant& each) { return each.id == id; });
  }
  static bool Revoked(const TrustNews& news, const std::string& session) {
    return std::any_of(news.revocations.begin(), news.revocations.end(),
                       [&](const Revocation& each) { return each.session && each.session->ToString() == session; });
  }
  std::string LogOut(const std::string& email) {
    const std::string session = Verified(Login(email)->access_token).session;
    Caller caller = Person(UserOf(email));
    caller.session = *SessionId::Parse(session, "session");
    EXPECT_TRUE(world.Run(Logout(deps, {caller, {caller.subject, ""}})).ok());
    return session;
  }
};

TEST_F(TrustTest, AnEmptyCursorGivesEverythingALaterOneWhatIsNew) {
  const TrustNews all = Poll("");
  EXPECT_TRUE(Knows(all, tenant.id));
  EXPECT_FALSE(all.keys.empty());
  const TenantId fresh = NewTenantRow().id;
  const TrustNews later = Poll(all.cursor);
  EXPECT_TRUE(Knows(later, fresh));
  EXPECT_EQ(later.keys.size(), all.keys.size()) << "the key set is always whole";
  // Rows come again until no transaction of the whole cluster is older than they are.
  TrustNews news = later;
  for (int i = 0; i < 200 && Knows(news, tenant.id); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    news = Poll(news.cursor);
  }
  EXPECT_FALSE(Knows(news, tenant.id));
}

TEST_F(TrustTest, A16_ALogoutReachesTheNextPollAndIsForgottenWhenItsTokensAreOver) {
  NewPerson("poll@client.example");
  const std::string cursor = Poll("").cursor;
  const std::string session = LogOut("poll@client.example");
  EXPECT_TRUE(Revoked(Poll(cursor), session));
  world.clock.Advance(std::chrono::minutes(32));
  EXPECT_FALSE(Revoked(Poll(""), session));
  while (world.Run(PurgeRevocations(deps)) > 0) {
  }
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM revocations WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"), 0);
}

TEST_F(TrustTest, K01_ARowWhoseTransactionCommitsLateIsNotMissed) {
  const auto late =
      *MakeTenant(deps.ids.New<TenantId>(), {"late" + deps.ids.Next().Hex().substr(0, 30), "Late", "", ""}, world.clock.Now());
  std::string cursor;
  TenantId early;
  world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    tx.Exec(
        "INSERT INTO tenants (tenant_id, code, display_name, locale, time_zone, created_at, updated_at) VALUES ($1, $2, 'Late', 'fr', "
        "'UTC', $3, $3)",
        late.id, late.code, late.created);
    // Later transactions commit and are polled while this one is still open.
    early = NewTenantRow().id;
    const TrustNews news = Poll("");
    EXPECT_TRUE(Knows(news, early));
    EXPECT_FALSE(Knows(news, late.id));
    cursor = news.cursor;
  });
  EXPECT_TRUE(Knows(Poll(cursor), late.id));
}

TEST_F(TrustTest, ACursorOfAReplacedDatabaseGivesEverything) { EXPECT_TRUE(Knows(Poll("9000000000000000000"), tenant.id)); }

TEST_F(TrustTest, AForeignCursorIsRefused) {
  for (const char* bad : {"x", "-1", "1 ", "12345678901234567890", "1;DROP TABLE tenants"}) {
    EXPECT_EQ(world.Run(PollTrust(deps, bad)).error().fields.at(0).field, "cursor") << bad;
  }
}

TEST_F(TrustTest, ReplicasThatStartTogetherAgreeOnOneKey) {
  world.RawText("DELETE FROM signing_keys RETURNING 1");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { world.Run(LoadSigningKeys(deps)); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM signing_keys"), 1);
  NewPerson("key@client.example");
  EXPECT_EQ(Verified(Login("key@client.example")->access_token).tenant, tenant.id.ToString());
  const auto jwks = world.Run(GetJwks(deps));
  EXPECT_NE(jwks->find(world.RawText("SELECT kid FROM signing_keys")), std::string::npos);
}

TEST_F(TrustTest, PurgesTakeWhatIsOverAndNothingElse) {
  NewPerson("purge@client.example");
  ASSERT_TRUE(Login("purge@client.example").ok());
  const auto purge_all = [&] {
    while (world.Run(PurgeSessions(deps)) + world.Run(PurgeEmailTokens(deps)) + world.Run(PurgeIdempotencyKeys(deps)) > 0) {
    }
  };
  const auto count = [&](const std::string& table) {
    return world.RawCount("SELECT count(*) FROM " + table + " WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'");
  };
  purge_all();
  EXPECT_EQ(count("sessions"), 1);
  EXPECT_EQ(count("refresh_tokens"), 1);
  EXPECT_EQ(count("email_tokens"), 1);
  world.clock.Advance(std::chrono::days(32));
  purge_all();
  EXPECT_EQ(count("sessions"), 0);
  EXPECT_EQ(count("refresh_tokens"), 0);
  EXPECT_EQ(count("email_tokens"), 0);
  EXPECT_EQ(count("users"), 1);
}

}  // namespace
}  // namespace quittance::auth

// Trust in a real database: a process that starts while auth is down knows what the last one knew.
#include "common/core/fault.h"
#include "common/rpc/heard_revocations.h"
#include "common/rpc/trust_poll.h"
#include "quittance/auth/v1/auth_events.pb.h"
#include "tests/integration/rpc/edge_fixture.h"
#include "tests/support/test_database.h"

namespace quittance::rpc {
namespace {

class TrustStore : public ::testing::Test {
 protected:
  static db::DatabaseOptions Options(const Secret& url) {
    db::DatabaseOptions options;
    options.name = "system";
    options.url = url;
    options.connections = 1;
    return options;
  }
  test::TestDatabase database_{"notifications"};
  async::Executor executor_{2};
  metrics::Registry metrics_;
  SystemClock clock_;
  db::Database db_{Options(database_.system_url()), metrics_};
  FakeAuth auth_;
};

TEST_F(TrustStore, WhatWasKnownIsKnownAfterARestartWithoutAuth) {
  const TimePoint later = clock_.Now() + std::chrono::minutes(30);
  auth_.Revoke({std::nullopt, "", "ses_a", 0, later});
  TenantId tenant;
  tenant.uuid.bytes[15] = 7;
  auth_.AddTenant({tenant, "calmness", "Calmness", "fr", "Europe/Paris"});
  {
    Trust first(auth_.Source(), &db_, executor_, metrics_, clock_);
    first.Start();
    ASSERT_TRUE(first.HasKeys());
    for (int i = 0; i < 100 && database_.AdminValue("SELECT count(*) FROM trust_state") != "1"; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  auth_.SetDown(true);
  Trust second(auth_.Source(), &db_, executor_, metrics_, clock_);
  const auto begin = std::chrono::steady_clock::now();
  second.Start();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10)) << "no waiting for auth";
  EXPECT_TRUE(second.HasKeys());
  EXPECT_EQ(TenantById(second, tenant)->code, "calmness");
  crypto::Claims claims;
  claims.session = "ses_a";
  EXPECT_TRUE(second.state()->Revoked(claims));
}

// A tenant made a moment ago is not "no such tenant" for a process that could not hear of it: the PSP must come again.
TEST_F(TrustStore, W23_AnUnknownTenantIsAFaultWhileAuthCannotBeAsked) {
  Trust trust(auth_.Source(), &db_, executor_, metrics_, clock_);
  trust.Start();
  EXPECT_FALSE(async::RunSync(executor_, FindTenant(trust, "nobody")).has_value());
  auth_.SetDown(true);
  EXPECT_THROW(async::RunSync(executor_, FindTenant(trust, "calmness")), Fault);
  TenantId tenant;
  tenant.uuid.bytes[15] = 7;
  auth_.AddTenant({tenant, "calmness", "Calmness", "fr", "Europe/Paris"});
  auth_.SetDown(false);
  EXPECT_TRUE(async::RunSync(executor_, FindTenant(trust, "calmness")).has_value());
}

// Auth cannot be polled at all: the events' path alone ends a session and outdates a person's tokens, for every process of the service.
TEST_F(TrustStore, A16_ARevocationIsHeardAsAnEventWhileAuthCannotBePolled) {
  Trust trust(auth_.Source(), &db_, executor_, metrics_, clock_);
  trust.Start();
  auth_.SetDown(true);
  TenantId tenant;
  tenant.uuid.bytes[15] = 7;
  const auto tell = [&](std::uint8_t number, const std::string& session, const std::string& subject, std::int64_t min_epoch) {
    auth::v1::CredentialsRevoked message;
    message.mutable_revocation()->set_tenant_id(tenant.ToString());
    message.mutable_revocation()->set_subject_id(subject);
    message.mutable_revocation()->set_session_id(session);
    message.mutable_revocation()->set_min_epoch(min_epoch);
    message.mutable_revocation()->mutable_expire_time()->set_seconds(UnixSeconds(clock_.Now()) + 1800);
    Uuid event{};
    event.bytes[0] = number;
    for (int twice = 0; twice < 2; ++twice) {
      db_.TransactSync(db::Scope::System(),
                       [&](db::Tx& tx) { HearRevocation(tx, event, tenant, message.SerializeAsString(), clock_.Now()); });
    }
  };
  tell(1, "ses_heard", "", 0);
  tell(2, "", "usr_1", 4);
  crypto::Claims of_session;
  of_session.tenant = tenant.ToString();
  of_session.session = "ses_heard";
  crypto::Claims of_person;
  of_person.tenant = tenant.ToString();
  of_person.subject = "usr_1";
  of_person.epoch = 3;
  for (int i = 0; i < 600 && !(trust.state()->Revoked(of_session) && trust.state()->Revoked(of_person)); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(trust.state()->Revoked(of_session));
  EXPECT_TRUE(trust.state()->Revoked(of_person));
  of_person.epoch = 4;
  EXPECT_FALSE(trust.state()->Revoked(of_person)) << "a login after it";
  EXPECT_TRUE(trust.HasKeys()) << "what was polled before stays";
  EXPECT_EQ(database_.AdminValue("SELECT count(*) FROM heard_revocations"), "2");
  Trust replica(auth_.Source(), &db_, executor_, metrics_, clock_);
  replica.Start();
  for (int i = 0; i < 600 && !replica.state()->Revoked(of_session); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(replica.state()->Revoked(of_session));
  EXPECT_THROW(db_.TransactSync(db::Scope::System(), [&](db::Tx& tx) { HearRevocation(tx, Uuid{}, tenant, "\xff", clock_.Now()); }),
               std::runtime_error);
}

TEST_F(TrustStore, ADamagedStateIsNoState) {
  database_.Admin("INSERT INTO trust_state (name, state) VALUES ('trust', '\\xffffff')");
  auth_.SetDown(true);
  Trust trust(auth_.Source(), &db_, executor_, metrics_, clock_);
  trust.Start();
  EXPECT_FALSE(trust.HasKeys());
}

TEST_F(TrustStore, D08_ADatabaseThatIsDownDoesNotStopIt) {
  db::Database nowhere(Options(Secret("postgresql://nobody@127.0.0.1:1/none")), metrics_);
  Trust trust(auth_.Source(), &nowhere, executor_, metrics_, clock_);
  trust.Start();
  EXPECT_TRUE(trust.HasKeys());
}

}  // namespace
}  // namespace quittance::rpc

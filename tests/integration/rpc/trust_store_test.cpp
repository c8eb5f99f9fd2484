// Trust in a real database: a process that starts while auth is down knows what the last one knew.
#include "common/core/fault.h"
#include "common/rpc/trust_poll.h"
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
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1)) << "no waiting for auth";
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

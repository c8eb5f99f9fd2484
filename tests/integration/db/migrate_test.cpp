// Migrations: once each, in order, by whoever comes first, and never a file that was changed.
#include "common/db/migrate.h"

#include <thread>

#include "tests/integration/db/fixture.h"

namespace quittance::db {
namespace {

class MigrateTest : public ::testing::Test {
 protected:
  MigrateTest() : database_("dbtest", false), folder_("dbtest") {
    folder_.Write("0001_one.sql", "-- migrate:up\nCREATE TABLE one (a int);\n");
  }

  std::string Applied() {
    return database_.AdminValue("SELECT string_agg(name, ' ' ORDER BY applied_at, name) FROM schema_migrations WHERE name LIKE 'dbtest/%'");
  }

  test::TestDatabase database_;
  MigrationFolder folder_;
};

TEST_F(MigrateTest, AppliesCommonFirstThenTheServiceAndNothingTwice) {
  const auto applied = MigrateUp(database_.owner_url(), folder_.path());
  ASSERT_GE(applied.size(), 2U);
  EXPECT_EQ(applied.front(), "common/0001_base.sql");
  EXPECT_EQ(applied.back(), "dbtest/0001_one.sql");
  EXPECT_TRUE(MigrateUp(database_.owner_url(), folder_.path() / "").empty());
}

TEST_F(MigrateTest, StatusIsReadableByTheApplicationRoles) {
  for (const MigrationStatus& status : MigrationsStatus(database_.owner_url(), folder_.path())) EXPECT_FALSE(status.applied) << status.name;
  MigrateUp(database_.owner_url(), folder_.path());
  folder_.Write("0002_two.sql", "-- migrate:up\nCREATE TABLE two (a int);\n");
  for (const Secret& url : {database_.app_url(), database_.system_url()}) {
    const auto statuses = MigrationsStatus(url, folder_.path());
    EXPECT_EQ(statuses.front().version, "0001");
    EXPECT_EQ(statuses.front().name, "common/0001_base.sql");
    EXPECT_TRUE(statuses.front().applied && statuses.front().checksum_ok);
    EXPECT_EQ(statuses.back().name, "dbtest/0002_two.sql");
    EXPECT_FALSE(statuses.back().applied);
  }
}

TEST_F(MigrateTest, S13_OfManyMigratorsOneApplies) {
  folder_.Write("0002_slow.sql", "-- migrate:up\nSELECT pg_sleep(0.3);\nCREATE TABLE slow (a int);\n");
  std::atomic<int> applied{0};
  {
    std::vector<std::jthread> migrators;
    for (int i = 0; i < 4; ++i)
      migrators.emplace_back([&] { applied += static_cast<int>(MigrateUp(database_.owner_url(), folder_.path()).size()); });
  }
  EXPECT_EQ(std::to_string(applied), database_.AdminValue("SELECT count(*) FROM schema_migrations"));
  EXPECT_EQ(Applied(), "dbtest/0001_one.sql dbtest/0002_slow.sql");
}

TEST_F(MigrateTest, S14_AChangedFileIsRefusedAndNothingIsApplied) {
  MigrateUp(database_.owner_url(), folder_.path());
  folder_.Write("0001_one.sql", "-- migrate:up\nCREATE TABLE one (a bigint);\n");
  folder_.Write("0002_two.sql", "-- migrate:up\nCREATE TABLE two (a int);\n");
  try {
    MigrateUp(database_.owner_url(), folder_.path());
    FAIL();
  } catch (const Fault& e) {
    EXPECT_NE(std::string(e.what()).find("dbtest/0001_one.sql"), std::string::npos);
  }
  EXPECT_EQ(Applied(), "dbtest/0001_one.sql");
  for (const MigrationStatus& status : MigrationsStatus(database_.app_url(), folder_.path())) {
    EXPECT_EQ(status.checksum_ok, status.name.starts_with("common/")) << status.name;
  }
}

TEST_F(MigrateTest, AFileThatFailsLeavesNothingOfItselfAndIsNamed) {
  folder_.Write("0002_bad.sql", "-- migrate:up\nCREATE TABLE half (a int);\nCREATE TABLE one (a int);\n");
  try {
    MigrateUp(database_.owner_url(), folder_.path());
    FAIL();
  } catch (const Fault& e) {
    EXPECT_NE(std::string(e.what()).find("dbtest/0002_bad.sql"), std::string::npos);
  }
  EXPECT_EQ(database_.AdminValue("SELECT to_regclass('half')"), "");
  EXPECT_EQ(Applied(), "dbtest/0001_one.sql");
}

TEST_F(MigrateTest, OnlyTheUpPartOfAFileIsRun) {
  folder_.Write("0002_both.sql", "-- what it is for\n-- migrate:up\nCREATE TABLE pair (a int);\n-- migrate:down\nDROP TABLE pair;\n");
  folder_.Write("0003_index.sql", "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY pair_a ON pair (a);\n");
  MigrateUp(database_.owner_url(), folder_.path());
  EXPECT_EQ(database_.AdminValue("SELECT to_regclass('pair_a')"), "pair_a");
  folder_.Write("0004_none.sql", "CREATE TABLE none (a int);\n");
  EXPECT_THROW(MigrateUp(database_.owner_url(), folder_.path()), Fault);
}

TEST_F(MigrateTest, S10_AMigrationGivesWayToALongTransactionAndComesBack) {
  MigrateUp(database_.owner_url(), folder_.path());
  folder_.Write("0002_alter.sql", "-- migrate:up\nALTER TABLE one ADD COLUMN b int;\n");
  std::jthread reader([&] { database_.Admin("BEGIN; SELECT * FROM one; SELECT pg_sleep(4); COMMIT"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(MigrateUp(database_.owner_url(), folder_.path()), std::vector<std::string>{"dbtest/0002_alter.sql"});
}

}  // namespace
}  // namespace quittance::db

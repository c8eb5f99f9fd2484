// The transaction as a closure: commits only on a value, rolls back on refusals and faults, runs again where the server asks for it.
#include <barrier>
#include <thread>

#include "tests/integration/db/fixture.h"

namespace quittance::db {
namespace {

using std::chrono::milliseconds;

class TransactionTest : public DbTest {
 protected:
  int Count(TenantId tenant) {
    return app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { return CountItems(tx, tenant); });
  }
};

Task<Result<int>> InsertAndAnswer(db::Database& db, TenantId tenant, Uuid id, bool refuse) {
  Result<int> answer = co_await db.Transact(Scope::Of(tenant), [tenant, id, refuse](Tx& tx) -> Result<int> {
    InsertItem(tx, tenant, id, "a");
    if (refuse) return Precondition(Reason::kStateConflict, "no");
    return 42;
  });
  co_return answer;
}

TEST_F(TransactionTest, CommitsAValueAndRollsBackARefusal) {
  const TenantId tenant = NewTenant();
  const Result<int> refused = Await(InsertAndAnswer(app(), tenant, NewUuid(), true));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kStateConflict);
  EXPECT_EQ(Count(tenant), 0);
  EXPECT_EQ(*Await(InsertAndAnswer(app(), tenant, NewUuid(), false)), 42);
  EXPECT_EQ(Count(tenant), 1);
}

TEST_F(TransactionTest, RollsBackWhateverIsThrown) {
  const TenantId tenant = NewTenant();
  const auto insert_and_throw = [&](auto fault) {
    app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
      InsertItem(tx, tenant, NewUuid(), "a");
      throw fault;
    });
  };
  EXPECT_THROW(insert_and_throw(Fault("down")), Fault);
  EXPECT_THROW(insert_and_throw(std::logic_error("a bug")), std::logic_error);
  EXPECT_THROW(insert_and_throw(7), int);
  EXPECT_EQ(Count(tenant), 0);
}

TEST_F(TransactionTest, AUniqueViolationNamesItsConstraint) {
  const TenantId tenant = NewTenant();
  const auto twice = [&](Tx& tx) {
    InsertItem(tx, tenant, NewUuid(), "same");
    InsertItem(tx, tenant, NewUuid(), "same");
  };
  try {
    app().TransactSync(Scope::Of(tenant), twice);
    FAIL();
  } catch (const UniqueViolation& e) {
    EXPECT_EQ(e.constraint, "items_tenant_id_name_key");
  }
  EXPECT_EQ(Count(tenant), 0);
}

TEST_F(TransactionTest, AFailedStatementThatIsSwallowedIsNotACommit) {
  const TenantId tenant = NewTenant();
  EXPECT_THROW(app().TransactSync(Scope::Of(tenant),
                                  [&](Tx& tx) {
                                    InsertItem(tx, tenant, NewUuid(), "same");
                                    try {
                                      InsertItem(tx, tenant, NewUuid(), "same");
                                    } catch (const UniqueViolation&) {
                                    }
                                  }),
               std::logic_error);
  EXPECT_EQ(Count(tenant), 0);
}

TEST_F(TransactionTest, WakesAfterTheCommitAndNeverAfterARollback) {
  const TenantId tenant = NewTenant();
  std::atomic<int> woken{0};
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { tx.OnCommit([&] { ++woken; }); });
  EXPECT_EQ(woken, 1);
  EXPECT_FALSE(app().TransactSync(Scope::Of(tenant), [&](Tx& tx) -> Result<int> {
    tx.OnCommit([&] { ++woken; });
    return PermissionDenied();
  }));
  EXPECT_EQ(woken, 1);
}

// Two transactions lock two rows in opposite order; the barrier makes sure that they meet, the first time.
TEST_F(TransactionTest, S02_ADeadlockIsRetriedWithoutPartialEffect) {
  const TenantId tenant = NewTenant();
  const Uuid ids[] = {NewUuid(), NewUuid()};
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
    InsertItem(tx, tenant, ids[0], "0");
    InsertItem(tx, tenant, ids[1], "1");
  });
  std::barrier both(2);
  std::atomic<int> runs{0};
  AtOnce(2, [&](int i) {
    bool first = true;
    app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
      ++runs;
      tx.Exec("UPDATE items SET amount = amount + 1 WHERE id = $1", ids[i]);
      if (std::exchange(first, false)) both.arrive_and_wait();
      tx.Exec("UPDATE items SET amount = amount + 1 WHERE id = $1", ids[1 - i]);
    });
  });
  EXPECT_EQ(runs, 3) << "one of the two was the victim and ran again";
  EXPECT_EQ(Database().AdminValue("SELECT string_agg(amount::text, ',') FROM items WHERE tenant_id = '" + tenant.uuid.Hex() + "'"), "2,2");
}

TEST_F(TransactionTest, S02_ASerializationFailureIsRetriedThreeTimesAndThenAFault) {
  std::atomic<int> runs{0};
  EXPECT_THROW(app().TransactSync(Scope{},
                                  [&](Tx& tx) {
                                    ++runs;
                                    tx.Exec("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$");
                                  }),
               Fault);
  EXPECT_EQ(runs, 1 + kRetriesMax);
}

TEST_F(TransactionTest, ARefusalOfTheServerAtCommitIsNotInDoubt) {
  Database().Admin(
      "CREATE TABLE parents (id int PRIMARY KEY);"
      "CREATE TABLE children (parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED);"
      "GRANT INSERT ON children TO quittance_app");
  try {
    app().TransactSync(Scope{}, [](Tx& tx) { tx.Exec("INSERT INTO children VALUES (1)"); });
    FAIL();
  } catch (const SqlError& e) {
    EXPECT_EQ(e.sqlstate, "23503");
  }
}

TEST_F(TransactionTest, WaitingForALockEndsAsLockTimeout) {
  const TenantId tenant = NewTenant();
  const Uuid id = NewUuid();
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, id, "a"); });
  DatabaseOptions options = Options("hasty", Database().app_url(), 1);
  options.lock_timeout = milliseconds(100);
  db::Database hasty(options, metrics_);
  app().TransactSync(Scope::Of(tenant), [&](Tx& tx) {
    tx.Exec("SELECT 1 FROM items WHERE id = $1 FOR UPDATE", id);
    EXPECT_THROW(hasty.TransactSync(Scope::Of(tenant), [&](Tx& other) { other.Exec("SELECT 1 FROM items WHERE id = $1 FOR UPDATE", id); }),
                 LockTimeout);
  });
}

TEST_F(TransactionTest, AStatementThatTakesTooLongIsCancelled) {
  DatabaseOptions options = Options("hasty", Database().app_url(), 1);
  options.statement_timeout = milliseconds(100);
  db::Database hasty(options, metrics_);
  EXPECT_THROW(hasty.TransactSync(Scope{}, [](Tx& tx) { tx.Exec("SELECT pg_sleep(5)"); }), Fault);
  EXPECT_EQ(hasty.TransactSync(Scope{}, [](Tx& tx) { return tx.Exec("SELECT 1").size(); }), 1) << "and its connection goes on";
}

TEST_F(TransactionTest, SessionsSayWhoTheyAreAndAreInUtc) {
  DatabaseOptions defaults;
  defaults.name = "app";
  defaults.url = Database().app_url();
  db::Database db(defaults, metrics_);
  db.TransactSync(Scope{}, [](Tx& tx) {
    const auto setting = [&](const char* name) { return tx.Exec("SELECT current_setting($1) AS v", name).front().Get<std::string>("v"); };
    EXPECT_EQ(setting("application_name"), "quittance-app");
    EXPECT_EQ(setting("TimeZone"), "UTC");
    EXPECT_EQ(setting("statement_timeout"), "5s");
    EXPECT_EQ(setting("lock_timeout"), "2s");
    EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "10s");
    EXPECT_EQ(setting("transaction_isolation"), "read committed");
  });
}

TEST_F(TransactionTest, StatementsArePreparedOncePerConnection) {
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  for (int i = 0; i < 5; ++i) one.TransactSync(Scope{}, [&](Tx& tx) { tx.Exec("SELECT $1::int AS prepared_once", i); });
  const int prepared = one.TransactSync(
      Scope{}, [](Tx& tx) { return tx.Exec("SELECT 1 FROM pg_prepared_statements WHERE statement LIKE '%AS prepared\\_once'").size(); });
  EXPECT_EQ(prepared, 1);
}

TEST_F(TransactionTest, ATableThatChangesUnderAPreparedStatementIsNoticed) {
  Database().Admin("CREATE TABLE changing (a int); INSERT INTO changing VALUES (1); GRANT SELECT ON changing TO quittance_app");
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  const auto read = [&] {
    return one.TransactSync(Scope{}, [](Tx& tx) { return tx.Exec("SELECT * FROM changing").front().Get<int>("a"); });
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(read(), 1);
  Database().Admin("ALTER TABLE changing ADD COLUMN b int");
  EXPECT_EQ(read(), 1);
}

// Of an empty table the planner would rather read all, and its plan would be kept while the table grows.
TEST_F(TransactionTest, HotTransactionsReadNoTableFromEndToEnd) {
  Database().Admin(
      "CREATE TABLE growing (tenant uuid, id int, PRIMARY KEY (tenant, id)); ANALYZE growing; ALTER TABLE growing SET (autovacuum_enabled = "
      "off); GRANT SELECT ON growing TO quittance_app");
  // A connection of its own for each: PostgreSQL counts a transaction's scans on top of those that it has not told of yet.
  db::Database plain(Options("plain", Database().app_url(), 1), metrics_);
  db::Database hot(Options("hot", Database().app_url(), 1), metrics_);
  // How often the table was read from end to end by a look for one row; and the mode of the transaction.
  const auto scans = [](db::Database& db, const Scope& scope) {
    return db.TransactSync(scope, [&](Tx& tx) {
      tx.Exec("SELECT g.id FROM unnest($1::uuid[], $2::int[]) AS q(tenant, id) JOIN growing g USING (tenant, id)",
              "{00000000-0000-0000-0000-000000000001}", "{7}");
      EXPECT_EQ(tx.Exec("SHOW plan_cache_mode").front().Text("plan_cache_mode"), scope.hot ? "force_generic_plan" : "auto");
      return tx.Exec("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'growing'").front().Get<std::int64_t>("seq_scan");
    });
  };
  EXPECT_EQ(scans(plain, Scope{}), 1) << "else the rest shows nothing";
  EXPECT_EQ(scans(hot, Scope{.hot = true}), 0);
  Database().Admin("INSERT INTO growing SELECT '00000000-0000-0000-0000-000000000001', g FROM generate_series(1, 20000) g");
  EXPECT_EQ(scans(hot, Scope{.hot = true}), 0);
}

// A function that is said to be immutable is computed when a plan is made: it shows which plan runs.
TEST_F(TransactionTest, HotPlansAreKeptAndMadeAnewAsTheConnectionAges) {
  Database().Admin(
      "CREATE FUNCTION planned_at() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN clock_timestamp()::text; END $$");
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  const auto planned = [&] {
    return one.TransactSync(Scope{.hot = true}, [](Tx& tx) {
      const auto at = [&] { return tx.Exec("SELECT planned_at() AS at").front().Get<std::string>("at"); };
      const auto first = at();
      EXPECT_EQ(at(), first);
      return first;
    });
  };
  const auto first = planned();
  bool anew = false;
  for (int i = 0; i < 100 && !anew; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    anew = planned() != first;
  }
  EXPECT_TRUE(anew);
}

}  // namespace
}  // namespace quittance::db

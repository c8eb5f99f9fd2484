// The pool under bad weather: exhausted, cut off, restarted, shut down.
#include <condition_variable>
#include <thread>

#include "common/db/connection.h"
#include "tests/integration/db/fixture.h"
#include "tests/support/tcp_proxy.h"

namespace quittance::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class PoolTest : public DbTest {
 protected:
  // Holds all workers of a pool until let go.
  class Holder {
   public:
    Holder(db::Database& db, int workers) {
      for (int i = 0; i < workers; ++i) {
        db.Post([this](Connection&) { Hold(); }, [this](const std::exception_ptr&) { Hold(); });
      }
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return held_ == workers; });
      workers_ = workers;
    }
    ~Holder() {
      std::unique_lock lock(mutex_);
      free_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return held_ == 0; });
    }

   private:
    void Hold() {
      std::unique_lock lock(mutex_);
      ++held_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return free_; });
      --held_;
      changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    int held_ = 0;
    int workers_ = 0;
    bool free_ = false;
  };

  static int One(db::Database& db) {
    return db.TransactSync(Scope{}, [](Tx& tx) { return tx.Exec("SELECT 1 AS one").front().Get<int>("one"); });
  }

  static bool Answers(db::Database& db) {
    try {
      return One(db) == 1;
    } catch (const Fault&) {
      return false;
    }
  }
};

TEST_F(PoolTest, S05_AnExhaustedPoolAnswersOverloadedAfterABoundedWait) {
  DatabaseOptions options = Options("small", Database().app_url(), 1);
  options.queue_wait_max = milliseconds(100);
  db::Database small(options, metrics_);
  ASSERT_TRUE(Eventually([&] { return small.Reachable(); }));
  const Holder holder(small, 1);
  const auto begin = steady_clock::now();
  EXPECT_THROW(One(small), Overloaded);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(90));
  EXPECT_LT(steady_clock::now() - begin, milliseconds(30'000));
}

TEST_F(PoolTest, S05_AFullQueueAnswersOverloadedAtOnce) {
  DatabaseOptions options = Options("small", Database().app_url(), 1);
  options.queue_max = 3;
  options.queue_wait_max = milliseconds(60'000);
  db::Database small(options, metrics_);
  ASSERT_TRUE(Eventually([&] { return small.Reachable(); }));
  std::atomic<int> ended{0};
  {
    const Holder holder(small, 1);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(small.Post([&](Connection&) { ++ended; }, [&](const std::exception_ptr&) { ++ended; }));
    const auto begin = steady_clock::now();
    EXPECT_THROW(One(small), Overloaded);
    EXPECT_LT(steady_clock::now() - begin, milliseconds(30'000)) << "and not after queue_wait_max";
  }
  while (ended < 3) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(One(small), 1) << "and goes on when there is room again";
}

TEST_F(PoolTest, J17_ATerminatedIdleBackendCostsNobodyAnAnswer) {
  db::Database db(Options("terminated", Database().app_url(), 2), metrics_);
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(One(db), 1);
    Terminate("terminated");
    EXPECT_EQ(One(db), 1);
  }
}

TEST_F(PoolTest, J17_ABackendTerminatedInItsTransactionStoresNothing) {
  const TenantId tenant = NewTenant();
  EXPECT_THROW(app().TransactSync(Scope::Of(tenant),
                                  [&](Tx& tx) {
                                    InsertItem(tx, tenant, NewUuid(), "a");
                                    const int pid = tx.Exec("SELECT pg_backend_pid() AS pid").front().Get<int>("pid");
                                    Database().Admin("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
                                    InsertItem(tx, tenant, NewUuid(), "b");
                                  }),
               ConnectionLost);
  EXPECT_EQ(app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { return CountItems(tx, tenant); }), 0);
}

TEST_F(PoolTest, S03_ANewConnectionHasItsSettingsAgain) {
  db::Database one(Options("renewed", Database().app_url(), 1), metrics_);
  One(one);
  Terminate("renewed");
  one.TransactSync(Scope{}, [](Tx& tx) {
    EXPECT_EQ(tx.Exec("SELECT current_setting('lock_timeout') AS v").front().Text("v"), "20s");
    EXPECT_EQ(tx.Exec("SELECT current_setting('application_name') AS v").front().Text("v"), "quittance-renewed");
  });
}

TEST_F(PoolTest, I16_AnUnreachableDatabaseIsAFaultAndComesBackByItself) {
  test::TcpProxy wire("127.0.0.1", ServerPort());
  DatabaseOptions options = Options("cut", Through(wire.port(), Database().app_url()), 2);
  options.queue_wait_max = milliseconds(200);
  db::Database cut(options, metrics_);
  EXPECT_TRUE(Eventually([&] { return Answers(cut) && cut.Reachable(); }));

  wire.Refuse(true);
  std::this_thread::sleep_for(milliseconds(100));  // the wire cuts what is open
  const TenantId tenant = NewTenant();
  EXPECT_THROW(cut.TransactSync(Scope::Of(tenant), [&](Tx& tx) { InsertItem(tx, tenant, NewUuid(), "a"); }), Fault);
  EXPECT_TRUE(Eventually([&] { return !cut.Reachable(); }));

  wire.Refuse(false);
  EXPECT_TRUE(Eventually([&] { return Answers(cut) && cut.Reachable(); }));
  EXPECT_EQ(app().TransactSync(Scope::Of(tenant), [&](Tx& tx) { return CountItems(tx, tenant); }), 0);
}

TEST_F(PoolTest, AWrongPasswordIsAFaultThatDoesNotShowIt) {
  std::string url(Database().app_url().Reveal());
  url.replace(url.find("test-only"), 9, "wr0ng-pass");
  DatabaseOptions options = Options("wrong", Secret(url), 1);
  options.queue_wait_max = milliseconds(100);
  db::Database wrong(options, metrics_);
  try {
    One(wrong);
    FAIL();
  } catch (const Fault& e) {
    EXPECT_EQ(std::string(e.what()).find("wr0ng-pass"), std::string::npos);
  }
  EXPECT_FALSE(wrong.Reachable());
}

TEST_F(PoolTest, TheEndFinishesWhatIsQueued) {
  std::atomic<int> ended{0};
  {
    db::Database db(Options("ending", Database().app_url(), 1), metrics_);
    for (int i = 0; i < 20; ++i) {
      db.Post(
          [&](Connection& connection) {
            RunTransaction(connection, Scope{}, [](Tx& tx) { return tx.Exec("SELECT 1").size() == 1; });
            ++ended;
          },
          [&](const std::exception_ptr&) { ADD_FAILURE(); });
    }
  }
  EXPECT_EQ(ended, 20);
}

TEST_F(PoolTest, ItsMetricsAreLabelledWithItsName) {
  One(app());
  const std::string text = metrics_.Render();
  for (const char* name :
       {"quittance_db_pool_busy", "quittance_db_pool_queued", "quittance_db_pool_connections", "quittance_db_pool_wait_seconds",
        "quittance_db_pool_held_seconds", "quittance_db_pool_retries_total", "quittance_db_pool_rejected_total"}) {
    EXPECT_NE(text.find(name), std::string::npos) << name;
  }
  EXPECT_NE(text.find("pool=\"app\""), std::string::npos);
}

}  // namespace
}  // namespace quittance::db

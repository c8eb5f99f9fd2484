// Many requests, one commit: what waits goes together, a bad one fails alone, and everything is bounded.
#include "common/db/batcher.h"

#include <map>
#include <thread>

#include "common/core/pressure.h"
#include "common/db/connection.h"
#include "tests/integration/db/fixture.h"

namespace quittance::db {
namespace {

using std::chrono::milliseconds;

struct Create {
  TenantId tenant;
  Uuid id;
  std::string name;
};

class BatcherTest : public DbTest {
 protected:
  using ItemBatcher = Batcher<Create, Result<std::string>>;

  // One statement for the whole batch; names that begin with "refuse" are refused, one that begins with "poison" breaks the statement.
  std::vector<Result<std::string>> Insert(Tx& tx, std::span<const Create> commands) {
    sizes_.push_back(commands.size());
    std::vector<Create> good;
    std::vector<Result<std::string>> answers;
    for (const Create& command : commands) {
      if (command.name.starts_with("refuse")) {
        answers.push_back(Precondition(Reason::kStateConflict, "no"));
        continue;
      }
      good.push_back(command);
      answers.push_back(command.name);
    }
    tx.Exec(
        "INSERT INTO items (tenant_id, id, name, amount) SELECT t, i, n, a FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) "
        "AS new(t, i, n, a)",
        ArrayOf(good, [](const Create& c) { return c.tenant; }), ArrayOf(good, [](const Create& c) { return c.id; }),
        ArrayOf(good, [](const Create& c) { return c.name; }),
        ArrayOf(good, [](const Create& c) { return c.name.starts_with("poison") ? -1 : 1; }));
    return answers;
  }

  std::unique_ptr<ItemBatcher> MakeBatcher(db::Database& db) {
    return std::make_unique<ItemBatcher>(
        db, [](const Create& command) { return command.tenant; },
        [this](Tx& tx, std::span<const Create> commands) { return Insert(tx, commands); });
  }

  // Submits all while the pool's only worker is held, so that they wait together.
  struct Outcomes {
    std::mutex mutex;
    std::map<std::string, std::string> of;  // name -> answer, "refused" or "fault"
  };
  static Task<void> SubmitOne(ItemBatcher& batcher, Create command, Outcomes& outcomes, std::atomic<std::size_t>& begun) {
    std::string outcome = "fault";
    const std::string name = command.name;
    ++begun;
    try {
      Result<std::string> answer = co_await batcher.Submit(command);
      outcome = answer ? *answer : "refused";
    } catch (const Overloaded&) {
      outcome = "overloaded";
    } catch (const std::exception&) {
      outcome = "fault";
    }
    const std::lock_guard lock(outcomes.mutex);
    outcomes.of[name] = outcome;
  }
  std::map<std::string, std::string> SubmitTogether(db::Database& db, ItemBatcher& batcher, const std::vector<Create>& commands) {
    Outcomes outcomes;
    // Shared: the worker may look at them after this function has returned.
    const auto go = std::make_shared<std::atomic<bool>>(false);
    const auto held = std::make_shared<std::atomic<bool>>(false);
    const auto hold = [go, held](Connection&) {
      *held = true;
      while (!*go) std::this_thread::sleep_for(milliseconds(1));
    };
    EXPECT_TRUE(Eventually([&] { return db.Reachable(); }));
    EXPECT_TRUE(db.Post(hold, [](const std::exception_ptr&) { ADD_FAILURE(); }));
    EXPECT_TRUE(Eventually([&] { return held->load(); }));
    std::atomic<std::size_t> begun{0};
    for (const Create& command : commands) executor_.Spawn(SubmitOne(batcher, command, outcomes, begun));
    EXPECT_TRUE(Eventually([&] { return begun == commands.size(); }));
    std::this_thread::sleep_for(milliseconds(100));
    *go = true;
    EXPECT_TRUE(executor_.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
    return outcomes.of;
  }

  std::vector<std::size_t> sizes_;  // of the runs, on the one worker
};

TEST_F(BatcherTest, WhatWaitsIsOneTransaction) {
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  const auto batcher = MakeBatcher(one);
  const TenantId a = NewTenant();
  const TenantId b = NewTenant();
  std::vector<Create> commands;
  for (int i = 0; i < 50; ++i) commands.push_back({i % 2 == 0 ? a : b, NewUuid(), "item " + std::to_string(i)});
  const auto outcomes = SubmitTogether(one, *batcher, commands);
  for (const Create& command : commands) EXPECT_EQ(outcomes.at(command.name), command.name);
  EXPECT_EQ(sizes_, std::vector<std::size_t>{50});
  EXPECT_EQ(Database().AdminValue("SELECT count(DISTINCT xmin::text) FROM items WHERE tenant_id IN ('" + a.uuid.Hex() + "', '" +
                                  b.uuid.Hex() + "')"),
            "1");
}

TEST_F(BatcherTest, ABatchHoldsAtMost128) {
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  const auto batcher = MakeBatcher(one);
  const TenantId tenant = NewTenant();
  std::vector<Create> commands;
  for (int i = 0; i < 300; ++i) commands.push_back({tenant, NewUuid(), "item " + std::to_string(i)});
  EXPECT_EQ(SubmitTogether(one, *batcher, commands).size(), 300U);
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{128, 128, 44}));
}

// A deferred constraint makes every commit slow.
TEST_F(BatcherTest, OneBatchWorksWhileAnotherCommitsAndNeverTwoWork) {
  db::Database four(Options("four", Database().app_url(), 4), metrics_);
  Database().Admin(
      "CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER items_hold AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name LIKE 'hold %') "
      "EXECUTE FUNCTION hold_commit()");
  std::atomic<int> working{0}, most{0}, begun_batches{0}, answered{0}, ahead{0};
  ItemBatcher batcher(
      four, [](const Create& command) { return command.tenant; },
      [&](Tx& tx, std::span<const Create> commands) {
        if (++working > most) most = working.load();
        // An earlier batch has run its statements and has not answered yet: it commits.
        if (begun_batches++ > answered) ++ahead;
        tx.Exec("INSERT INTO items (tenant_id, id, name, amount) VALUES ($1, $2, $3, 1)", commands[0].tenant, commands[0].id,
                commands[0].name);
        --working;
        return std::vector<Result<std::string>>(commands.size(), std::string("done"));
      });
  const auto submit = [&](Create command) -> Task<void> {
    const Result<std::string> answer = co_await batcher.Submit(command);
    if (answer) ++answered;
  };
  const TenantId tenant = NewTenant();
  for (int i = 0; i < 20; ++i) {
    executor_.Spawn(submit({tenant, NewUuid(), "hold " + std::to_string(i)}));
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_TRUE(executor_.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  EXPECT_EQ(answered, 20);
  EXPECT_EQ(most, 1);
  EXPECT_GT(ahead, 0);
  Database().Admin("DROP TRIGGER items_hold ON items; DROP FUNCTION hold_commit");
}

TEST_F(BatcherTest, S16_ABadItemFailsAloneAndARefusedOneTouchesNobody) {
  db::Database one(Options("one", Database().app_url(), 1), metrics_);
  const auto batcher = MakeBatcher(one);
  const TenantId tenant = NewTenant();
  std::vector<Create> commands;
  for (int i = 0; i < 10; ++i) commands.push_back({tenant, NewUuid(), "item " + std::to_string(i)});
  commands.push_back({tenant, NewUuid(), "poison"});
  commands.push_back({tenant, NewUuid(), "refuse"});
  const auto outcomes = SubmitTogether(one, *batcher, commands);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(outcomes.at("item " + std::to_string(i)), "item " + std::to_string(i));
  EXPECT_EQ(outcomes.at("poison"), "fault");
  EXPECT_EQ(outcomes.at("refuse"), "refused");
  EXPECT_EQ(one.TransactSync(Scope::Of(tenant), [&](Tx& tx) { return CountItems(tx, tenant); }), 10);
}

TEST_F(BatcherTest, ALonelyCallIsNotDelayed) {
  const auto batcher = MakeBatcher(app());
  const TenantId tenant = NewTenant();
  EXPECT_EQ(*Await(batcher->Submit({tenant, NewUuid(), "warm"})), "warm");
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Await(batcher->Submit({tenant, NewUuid(), "item " + std::to_string(i)})));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(20'000));
}

TEST_F(BatcherTest, OnFullCoresBatchesAreFew) {
  db::Database one(Options("few", Database().app_url(), 1), metrics_);
  const auto batcher = MakeBatcher(one);
  const TenantId tenant = NewTenant();
  Outcomes outcomes;
  std::atomic<std::size_t> begun{0};
  PretendCpuPressure(1.0);
  for (int i = 0; i < 40; ++i) {
    executor_.Spawn(SubmitOne(*batcher, {tenant, NewUuid(), "item " + std::to_string(i)}, outcomes, begun));
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_TRUE(executor_.Drain(std::chrono::steady_clock::now() + std::chrono::seconds(20)));
  PretendCpuPressure(std::nullopt);
  EXPECT_EQ(outcomes.of.size(), 40U);
  EXPECT_LE(sizes_.size(), 15U);  // 200 ms in parts of 40
}

TEST_F(BatcherTest, AFullPoolAnswersOverloaded) {
  DatabaseOptions options = Options("small", Database().app_url(), 1);
  options.queue_wait_max = milliseconds(50);
  db::Database small(options, metrics_);
  const auto batcher = MakeBatcher(small);
  const auto outcomes = SubmitTogether(small, *batcher, {{NewTenant(), NewUuid(), "late"}});  // the worker is held for 100 ms
  EXPECT_EQ(outcomes.at("late"), "overloaded");
}

TEST_F(BatcherTest, ALostConnectionRunsTheBatchOnceMore) {
  db::Database one(Options("lost", Database().app_url(), 1), metrics_);
  const TenantId tenant = NewTenant();
  int runs = 0;
  ItemBatcher batcher(
      one, [](const Create& command) { return command.tenant; },
      [&](Tx& tx, std::span<const Create> commands) {
        if (++runs == 1) {
          const int pid = tx.Exec("SELECT pg_backend_pid() AS pid").front().Get<int>("pid");
          Database().Admin("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
        }
        return Insert(tx, commands);
      });
  EXPECT_EQ(*Await(batcher.Submit({tenant, NewUuid(), "a"})), "a");
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace quittance::db

// The relay where PostgreSQL is difficult: ids and transaction ids out of order, old snapshots, backends that are killed; and what it does
// without: notifications and advisory locks.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "common/events/outbox.h"
#include "common/events/outbox_reader.h"
#include "common/events/relay.h"
#include "tests/integration/events/mock_broker.h"
#include "tests/integration/events/world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RelayHard : public World {
 protected:
  RelayOptions Options(const std::string& owner = "one") {
    RelayOptions options;
    options.brokers = broker.address();
    options.topic = kTopic;
    options.source = "/quittance/billing";
    options.owner = owner;
    return options;
  }
  bool OutboxEmpties(milliseconds limit = seconds(30)) {
    return Eventually([&] { return Number("SELECT count(*) FROM outbox") == 0; }, limit);
  }
  std::set<std::string> Keys(std::size_t count) {
    std::set<std::string> keys;
    for (const Message& message : ReadTopic(broker.address(), std::string(kTopic), count)) keys.insert(*message.key);
    return keys;
  }
  std::int64_t TransactionId(db::Tx& tx) {
    return tx.Exec("SELECT pg_current_xact_id()::text::bigint AS id").front().Get<std::int64_t>("id");
  }

  MockBroker broker;
};

TEST_F(RelayHard, K03_ALaterTransactionWithTheLowerIdIsPublished) {
  std::latch early_has_xid(1);
  std::latch late_has_id(1);
  std::latch finish(1);
  std::int64_t early_xid = 0;
  std::int64_t late_xid = 0;
  auto late = std::async(std::launch::async, [&] {
    early_has_xid.wait();
    system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      late_xid = TransactionId(tx);
      AppendToOutbox(tx, MakeEvent("pay_late", 1));  // the lower id
      late_has_id.count_down();
      finish.wait();
    });
  });
  system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    early_xid = TransactionId(tx);
    early_has_xid.count_down();
    late_has_id.wait();
    AppendToOutbox(tx, MakeEvent("pay_early", 1));  // the higher id
  });
  ASSERT_LT(early_xid, late_xid);
  Relay relay(Options(), system(), metrics);
  relay.Start();
  ASSERT_EQ(Keys(1), (std::set<std::string>{"pay_early"}));
  std::this_thread::sleep_for(seconds(4));  // longer than the relay looks for an id that was missing beside its neighbours
  Append({MakeEvent("pay_after", 1)});
  ASSERT_TRUE(OutboxEmpties());
  finish.count_down();
  late.get();
  ASSERT_TRUE(OutboxEmpties());
  EXPECT_EQ(Keys(3), (std::set<std::string>{"pay_early", "pay_after", "pay_late"}));
}

// A relay that has just started meets ids whose lower neighbours are not visible yet, for longer than it ever looks for single ids; then
// the late one and its successor become visible between two reads.
TEST_F(RelayHard, K04_ARowThatAppearsBelowWhatWasReadGoesBeforeItsSuccessor) {
  for (const auto pause : {milliseconds(0), milliseconds(2500)}) {
    std::latch drawn(1);
    std::latch finish(1);
    auto slow = std::async(std::launch::async, [&] {
      system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
        AppendToOutbox(tx, MakeEvent("pay_p", 1));
        drawn.count_down();
        finish.wait();
      });
    });
    drawn.wait();
    Append({MakeEvent("pay_q", 1)});
    OutboxReader reader(system(), 500);
    const auto first = reader.Exchange({});
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].event.key, "pay_q");
    std::this_thread::sleep_for(pause);
    EXPECT_TRUE(reader.Exchange({}).empty());
    finish.count_down();
    slow.get();
    Append({MakeEvent("pay_p", 2)});
    std::vector<std::string> order;
    for (int read = 0; read < 3; ++read) {
      for (const auto& row : reader.Exchange({})) order.push_back(row.event.key + " " + std::to_string(row.event.sequence));
    }
    EXPECT_EQ(order, (std::vector<std::string>{"pay_p 1", "pay_p 2"})) << pause.count();
    Text("TRUNCATE outbox");
  }
}

// The late one has the higher transaction id, beyond all that have completed.
TEST_F(RelayHard, K03_K04_ALateTransactionAheadOfAllThatCompletedKeepsItsOrder) {
  std::latch early_began(1);
  std::latch late_drew(1);
  std::latch finish(1);
  auto late = std::async(std::launch::async, [&] {
    early_began.wait();
    system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      TransactionId(tx);
      AppendToOutbox(tx, MakeEvent("pay_p", 1));
      late_drew.count_down();
      finish.wait();
    });
  });
  system().TransactSync(db::Scope::System(), [&](db::Tx& tx) {
    TransactionId(tx);
    early_began.count_down();
    late_drew.wait();
    AppendToOutbox(tx, MakeEvent("pay_q", 1));
  });
  OutboxReader reader(system(), 500);
  EXPECT_EQ(reader.Exchange({}).size(), 1U);
  Append({MakeEvent("pay_r", 1)});
  EXPECT_EQ(reader.Exchange({}).size(), 1U);
  finish.count_down();
  late.get();
  Append({MakeEvent("pay_p", 2)});
  std::vector<std::string> order;
  for (int read = 0; read < 3; ++read) {
    for (const auto& row : reader.Exchange({})) order.push_back(row.event.key + " " + std::to_string(row.event.sequence));
  }
  EXPECT_EQ(order, (std::vector<std::string>{"pay_p 1", "pay_p 2"}));
}

TEST_F(RelayHard, K09_APossiblyPersistedMessageKeepsItsRow) {
  {
    Relay relay(Options(), system(), metrics);
    relay.Start();
    Append({MakeEvent("pay_0", 1)});
    ASSERT_TRUE(OutboxEmpties());
    broker.Answer(seconds(5));  // the broker takes the message, and nobody will hear of it
    Append({MakeEvent("pay_0", 2)});
    std::this_thread::sleep_for(seconds(1));
    relay.Drain(In(milliseconds(200)));
  }
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE sequence = 2"), 1);
  broker.Answer(milliseconds(0));
  Relay relay(Options("two"), system(), metrics);
  relay.Start();
  ASSERT_TRUE(OutboxEmpties());
  std::vector<Uuid> second;
  for (const Message& message : ReadTopic(broker.address(), std::string(kTopic), 3)) {
    if (ToEvent(message).sequence == 2) second.push_back(ToEvent(message).id);
  }
  ASSERT_EQ(second.size(), 2u);  // persisted, and sent again
  EXPECT_EQ(second[0], second[1]);
  Consumer consumer({broker.address(), std::string(kGroup), 50}, Table(), system(), metrics);
  consumer.Start();
  ASSERT_TRUE(Eventually([&] { return SequencesOf("pay_0").size() >= 2; }, seconds(30)));
  Append({MakeEvent("pay_last", 1)});
  ASSERT_TRUE(Eventually([&] { return SequencesOf("pay_last").size() == 1; }, seconds(30)));
  EXPECT_EQ(SequencesOf("pay_0"), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(RelayHard, K28_AnOldSnapshotDoesNotMakeEachBatchWalkOverTheDead) {
  constexpr int kEvents = 40'000;
  const auto read = [&] { return Number("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_pkey'"); };
  std::atomic<bool> stop{false};
  std::latch pinned(1);
  auto analyst = std::async(std::launch::async, [&] {
    app().TransactSync(db::Scope::Of(SomeTenant()), [&](db::Tx& tx) {
      tx.Exec("DECLARE old CURSOR FOR SELECT * FROM outbox");  // its snapshot keeps every deleted row from being cleaned up
      pinned.count_down();
      while (!stop) tx.Exec("SELECT pg_sleep(0.2)");
    });
  });
  pinned.wait();
  for (int first = 0; first < kEvents; first += 4000) {
    std::vector<Event> events;
    for (int i = first; i < first + 4000; ++i) events.push_back(MakeEvent("pay_" + std::to_string(i % 100), i / 100 + 1));
    Append(events);
  }
  const std::int64_t before = read();
  Relay relay(Options(), system(), metrics);
  relay.Start();
  const bool drained =
      Eventually([&] { return metrics.Render().find("quittance_outbox_published_total 40000") != std::string::npos; }, seconds(60));
  std::this_thread::sleep_for(seconds(2));  // statistics come a second late
  const std::int64_t after = read();
  stop = true;
  analyst.get();
  ASSERT_TRUE(drained);
  ASSERT_TRUE(OutboxEmpties());
  // Once to read and once to delete, and the sweeps; walking over the dead for each batch would be forty times as many as there are events.
  EXPECT_LT(after - before, 15 * kEvents);
}

TEST_F(RelayHard, J12_KilledBackendsDoNotMoveTheLease) {
  metrics::Registry other_metrics;
  Relay one(Options("one"), system(), metrics);
  one.Start();
  ASSERT_TRUE(Eventually([&] { return Text("SELECT owner FROM relay_lease") == "one"; }));
  db::Database other_system({"other", Secret(SystemUrl()), 2}, other_metrics);
  Relay two(Options("two"), other_system, other_metrics);
  two.Start();
  std::int64_t version = 0;
  std::int64_t killed = 0;
  for (const SteadyTime end = In(seconds(4)); std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(milliseconds(200))) {
    Append({MakeEvent("pay_0", ++version)});
    killed += Number(
        "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
        "application_name = 'quittance-system') AS killed");
  }
  EXPECT_GT(killed, 20);
  ASSERT_TRUE(OutboxEmpties());
  EXPECT_EQ(Text("SELECT owner || ' ' || epoch FROM relay_lease"), "one 1");
  std::int64_t highest = 0;
  for (const Message& message : ReadTopic(broker.address(), std::string(kTopic), static_cast<std::size_t>(version))) {
    ASSERT_LE(ToEvent(message).sequence, highest + 1);
    highest = std::max(highest, ToEvent(message).sequence);
  }
  EXPECT_EQ(highest, version);
}

// While one batch is sent the database reads the next and deletes the one before: an end in the middle of it loses none of the three.
TEST_F(RelayHard, J12_ABacklogWhoseReadsAreKilledDrainsInOrder) {
  constexpr int kKeys = 50;
  constexpr std::int64_t kVersions = 400;
  for (std::int64_t version = 1; version <= kVersions; version += 40) {
    std::vector<Event> events;
    for (std::int64_t next = version; next < version + 40; ++next) {
      for (int key = 0; key < kKeys; ++key) events.push_back(MakeEvent("pay_" + std::to_string(key), next));
    }
    Append(events);
  }
  Relay relay(Options(), system(), metrics);
  relay.Start();
  std::int64_t killed = 0;
  for (int kills = 0; kills < 40 && Number("SELECT count(*) FROM outbox") > 0; ++kills) {
    killed += Number(
        "SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
        "application_name = 'quittance-system') AS killed");
    std::this_thread::sleep_for(milliseconds(11));
  }
  EXPECT_GT(killed, 0);
  ASSERT_TRUE(OutboxEmpties());
  std::map<std::string, std::int64_t> highest;
  for (const Message& message : ReadTopic(broker.address(), std::string(kTopic), kKeys * kVersions)) {
    const std::int64_t sequence = ToEvent(message).sequence;
    ASSERT_LE(sequence, highest[*message.key] + 1) << *message.key;
    highest[*message.key] = std::max(highest[*message.key], sequence);
  }
  ASSERT_EQ(highest.size(), static_cast<std::size_t>(kKeys));
  for (const auto& [key, last] : highest) EXPECT_EQ(last, kVersions) << key;
}

// Files below common, services and migrations in which `pattern` stands.
std::set<std::string> FilesWith(const std::string& pattern) {
  namespace fs = std::filesystem;
  const std::regex wanted(pattern);
  std::set<std::string> files;
  for (const char* folder : {"common", "services", "migrations"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(QUITTANCE_SOURCE_DIR) / folder)) {
      const std::string kind = entry.path().extension();
      if (kind != ".cpp" && kind != ".h" && kind != ".sql") continue;
      std::ifstream in(entry.path());
      std::stringstream text;
      text << in.rdbuf();
      if (std::regex_search(text.str(), wanted)) files.insert(fs::relative(entry.path(), QUITTANCE_SOURCE_DIR));
    }
  }
  return files;
}

TEST_F(RelayHard, K29_NobodyIsNotifiedAndTheCommitsOfOthersAreFound) {
  EXPECT_EQ(FilesWith("pg_notify|\\b(NOTIFY|LISTEN|UNLISTEN)\\s+[a-z_]+"), std::set<std::string>{});
  Relay relay(Options(), system(), metrics);
  relay.Start();
  Append({MakeEvent("pay_own", 1)});
  ASSERT_TRUE(OutboxEmpties());
  // As another process would: no wake reaches this relay.
  Text(
      "INSERT INTO outbox (tenant_id, event_id, type, key, sequence, time, traceparent, data) VALUES "
      "('00000000-0000-7000-8000-000000000007', gen_random_uuid(), 'quittance.billing.v1.PaymentUpdated', 'pay_other', 1, now(), '', '') "
      "RETURNING id");
  ASSERT_TRUE(OutboxEmpties(seconds(5)));
  EXPECT_EQ(Keys(2), (std::set<std::string>{"pay_other", "pay_own"}));
  EXPECT_EQ(Text("SELECT pg_notification_queue_usage()"), "0");
}

TEST_F(RelayHard, J11_SessionAdvisoryLocksAreTheMigratorsAlone) {
  EXPECT_EQ(FilesWith("pg_(try_)?advisory_(un)?lock\\b"), std::set<std::string>{"common/db/migrate.cpp"});
  Relay relay(Options(), system(), metrics);
  Consumer consumer({broker.address(), std::string(kGroup), 50}, Table(), system(), metrics);
  relay.Start();
  consumer.Start();
  std::int64_t locks = 0;
  for (int version = 1; version <= 50; ++version) {
    Append({MakeEvent("pay_0", version)});
    locks += Number(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())");
  }
  ASSERT_TRUE(Eventually([&] { return SequencesOf("pay_0").size() == 50; }, seconds(30)));
  EXPECT_EQ(locks, 0);
}

}  // namespace
}  // namespace quittance::events::test

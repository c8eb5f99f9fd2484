// Messages to effects against a real database, without Kafka: duplicates, poison, killers, dead letters and their replay.
#include "common/events/applier.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "common/crypto/envelope.h"
#include "common/events/inbox.h"
#include "tests/integration/events/world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;

constexpr int kCareful = 5;  // events after an assignment that run one by one

class ApplierTest : public World {
 protected:
  Applier Make(Handler handler = &World::Effect) {
    return Applier(std::string(kGroup), Table(std::move(handler)), kCareful, system(), metrics, [this](milliseconds) {
      ++holds;
      return holds_left < 0 || holds_left-- > 0;
    });
  }

  std::vector<Message> Numbered(const std::vector<Event>& events) {
    std::vector<Message> messages;
    for (const Event& event : events) messages.push_back(ToMessage(event, next_offset++));
    return messages;
  }
  // Five events that make the applier calm.
  void CalmDown(Applier& applier) {
    std::vector<Event> events;
    for (int i = 1; i <= kCareful; ++i) events.push_back(MakeEvent("calm", i));
    ASSERT_TRUE(applier.Apply(Numbered(events)));
  }
  std::int64_t Effects() { return Number("SELECT count(*) FROM test_effects"); }

  int holds = 0;
  int holds_left = -1;  // without end
  std::int64_t next_offset = 0;
};

TEST_F(ApplierTest, AppliesInOrderAndOnce) {
  Applier applier = Make();
  CalmDown(applier);
  std::vector<Event> events;
  for (int i = 1; i <= 50; ++i) events.push_back(MakeEvent("pay_" + std::to_string(i % 3), i));
  const auto messages = Numbered(events);
  ASSERT_TRUE(applier.Apply(messages));
  EXPECT_EQ(Effects(), 55);
  for (const char* key : {"pay_0", "pay_1", "pay_2"}) {
    const auto sequences = SequencesOf(key);
    EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end())) << key;
  }
  EXPECT_EQ(Number("SELECT count(DISTINCT xmin::text) FROM test_effects WHERE key <> 'calm'"), 1);  // one commit for all
}

TEST_F(ApplierTest, TypesThatShareAHandlerAreOneSetAndTheirOrderStays) {
  std::vector<std::string> seen;
  const auto set = [&](db::Tx&, std::span<const Event* const> events) {
    std::string all;
    for (const Event* event : events) all += event->key + std::to_string(event->sequence) + " ";
    seen.push_back(all);
  };
  std::vector<Subscription> table = InSets({std::string(kType), "quittance.billing.v1.PaymentCreated"}, set);
  table.push_back({"quittance.billing.v1.DisputeClosed", [&](db::Tx&, const Event& event) { seen.push_back("alone " + event.key); }});
  table.push_back({"quittance.auth.v1.UserCreated", [&](db::Tx&, const Event& event) { seen.push_back("user " + event.key); }});
  Applier applier(std::string(kGroup), table, kCareful, system(), metrics, [](milliseconds) { return true; });
  std::vector<Event> events;
  const auto add = [&](const std::string& type, const std::string& key, std::int64_t sequence) {
    events.push_back(MakeEvent(key, sequence));
    events.back().type = "quittance." + type;
  };
  add("billing.v1.PaymentCreated", "a", 1);
  add("auth.v1.UserCreated", "u", 1);  // another topic: no order between them
  add("billing.v1.PaymentUpdated", "a", 2);
  add("billing.v1.PaymentCreated", "b", 1);
  add("billing.v1.DisputeClosed", "a", 3);
  add("billing.v1.PaymentUpdated", "b", 2);
  EXPECT_TRUE(applier.Apply(Numbered(events)));
  EXPECT_EQ(seen, (std::vector<std::string>{"user u", "a1 a2 b1 ", "alone a", "b2 "}));
}

TEST(RunsOfDistinct, NoKeyTwiceAndAllInOrder) {
  const std::vector<int> items = {1, 2, 3, 2, 2, 1, 4};
  std::vector<std::vector<int>> runs;
  for (const auto run : RunsOfDistinct(std::span<const int>(items), [](int key) { return key; })) runs.emplace_back(run.begin(), run.end());
  EXPECT_EQ(runs, (std::vector<std::vector<int>>{{1, 2, 3}, {2}, {2, 1, 4}}));
  EXPECT_TRUE(RunsOfDistinct(std::span<const int>(), [](int key) { return key; }).empty());
}

TEST_F(ApplierTest, K16_ABatchThatComesAgainHasNoSecondEffect) {
  const auto messages = Numbered({MakeEvent("pay_a", 1), MakeEvent("pay_a", 2), MakeEvent("pay_b", 1)});
  {
    Applier applier = Make();
    ASSERT_TRUE(applier.Apply(messages));  // dies here, before its offsets are committed
  }
  Applier applier = Make();
  ASSERT_TRUE(applier.Apply(messages));
  CalmDown(applier);
  ASSERT_TRUE(applier.Apply(messages));  // together as well
  EXPECT_EQ(Effects(), 3 + kCareful);
  EXPECT_NE(metrics.Render().find("result=\"duplicate\""), std::string::npos);
}

TEST_F(ApplierTest, EqualEventsInOneBatchAreOneEffect) {
  Applier applier = Make();
  CalmDown(applier);
  const Event event = MakeEvent("pay_a", 1);
  ASSERT_TRUE(applier.Apply(Numbered({event, event, event})));
  EXPECT_EQ(SequencesOf("pay_a"), (std::vector<std::int64_t>{1}));
}

TEST_F(ApplierTest, TypesThatAreNotOursAreSkipped) {
  Applier applier = Make();
  Event event = MakeEvent("pay_a", 1);
  event.type = "quittance.billing.v1.Something";
  ASSERT_TRUE(applier.Apply(Numbered({event})));
  EXPECT_EQ(Effects(), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM inbox"), 0);
  EXPECT_NE(metrics.Render().find("type=\"other\""), std::string::npos);
}

TEST_F(ApplierTest, K20_ABrokenEnvelopeIsADeadLetterWithItsBytes) {
  for (const bool calm : {false, true}) {
    SCOPED_TRACE(calm);
    World::SetUp();
    Applier applier = Make();
    if (calm) CalmDown(applier);
    auto messages = Numbered({MakeEvent("pay_a", 1), MakeEvent("pay_bad", 1), MakeEvent("pay_a", 2)});
    messages[1].headers = {{"ce_id", "nonsense"}, {"binary", std::string("\x00\xff", 2)}};
    messages[1].data = std::string("\x00\x01\xfe", 3);
    ASSERT_TRUE(applier.Apply(messages));
    ASSERT_TRUE(applier.Apply(messages));  // again: still one row
    EXPECT_EQ(SequencesOf("pay_a"), (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(Number("SELECT count(*) FROM dead_letters"), 1);
    EXPECT_EQ(
        Text("SELECT reason || ' ' || encode(data, 'hex') || ' ' || convert_from(key, 'UTF8') || ' ' || kafka_offset FROM dead_letters"),
        "envelope 0001fe pay_bad " + std::to_string(messages[1].offset));
    EXPECT_EQ(Text("SELECT headers->0->>'value' || ' ' || (headers->1->>'value') FROM dead_letters"), "nonsense AP8=");
  }
}

TEST_F(ApplierTest, K20_WhatDoesNotDecryptIsADeadLetterToo) {
  Applier applier = Make([](db::Tx& tx, const Event& event) {
    if (event.key == "pay_sealed") throw crypto::Undecryptable("no key 3 in the keyring");
    Effect(tx, event);
  });
  ASSERT_TRUE(applier.Apply(Numbered({MakeEvent("pay_sealed", 1), MakeEvent("pay_a", 1)})));
  EXPECT_EQ(Text("SELECT reason || ' ' || message || ' ' || tries FROM dead_letters"), "failed no key 3 in the keyring 5");
  EXPECT_EQ(SequencesOf("pay_a").size(), 1u);
}

TEST_F(ApplierTest, K22_AnEventThatAlwaysFailsIsADeadLetterAndTheRestGoesOn) {
  int calls = 0;
  Applier applier = Make([&](db::Tx& tx, const Event& event) {
    Effect(tx, event);
    if (event.key != "pay_bad") return;
    ++calls;
    throw std::runtime_error("amount \xff of another currency");
  });
  CalmDown(applier);
  const Event bad = MakeEvent("pay_bad", 4);
  const auto messages = Numbered({MakeEvent("pay_a", 1), bad, MakeEvent("pay_bad", 5), MakeEvent("pay_a", 2)});
  ASSERT_TRUE(applier.Apply(messages));
  EXPECT_EQ(calls, 1 + 2 * kTriesMax);  // once in the batch, then each on its own
  EXPECT_EQ(SequencesOf("pay_a"), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(SequencesOf("pay_bad").empty());
  EXPECT_EQ(Number("SELECT count(*) FROM dead_letters WHERE reason = 'failed' AND tries = 5 AND state = 'open'"), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM inbox_tries"), 0);
  EXPECT_EQ(applier.OpenDeadLetters(), 2);
  ASSERT_TRUE(applier.Apply(messages));
  EXPECT_EQ(calls, 1 + 2 * kTriesMax);  // claimed: it does not run again by itself
}

TEST_F(ApplierTest, ATryIsCommittedBeforeItBegins) {
  std::vector<std::int64_t> seen;
  Applier applier = Make([&](db::Tx& tx, const Event& event) {
    seen.push_back(Number("SELECT coalesce(sum(tries), 0) FROM inbox_tries"));  // from another connection
    if (seen.size() < 3) throw std::runtime_error("not yet");
    Effect(tx, event);
  });
  ASSERT_TRUE(applier.Apply(Numbered({MakeEvent("pay_a", 1)})));
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(Number("SELECT count(*) FROM inbox_tries"), 0);
  EXPECT_EQ(Effects(), 1);
}

TEST_F(ApplierTest, AFaultOfTheDatabaseConsumesNoTry) {
  for (const bool calm : {false, true}) {
    SCOPED_TRACE(calm);
    World::SetUp();
    int calls = 0;
    holds = 0;
    Applier applier = Make([&](db::Tx& tx, const Event& event) {
      Effect(tx, event);
      if (event.key == "pay_a" && ++calls <= 12) throw db::ConnectionLost("the database is away");
    });
    if (calm) CalmDown(applier);
    ASSERT_TRUE(applier.Apply(Numbered({MakeEvent("pay_a", 1)})));
    EXPECT_EQ(calls, 13);
    EXPECT_EQ(holds, 12);
    EXPECT_EQ(Number("SELECT count(*) FROM dead_letters"), 0);
    EXPECT_EQ(SequencesOf("pay_a").size(), 1u);
  }
}

TEST_F(ApplierTest, K18_ABatchThatWasTakenAwayHasNoEffectAndIsNotDone) {
  holds_left = 0;
  Applier applier = Make([&](db::Tx& tx, const Event& event) {
    Effect(tx, event);
    if (event.key == "pay_b") throw db::ConnectionLost("the database is away");
  });
  EXPECT_FALSE(applier.Apply(Numbered({MakeEvent("pay_b", 1)})));
  EXPECT_EQ(Effects(), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM inbox"), 0);
}

// The child of the next test: applies two events of which the first kills the process.
TEST(ApplierChild, DISABLED_Dies) {
  metrics::Registry metrics;
  db::Database db({"system", Secret(std::getenv("QUITTANCE_TEST_CHILD_DATABASE")), 1}, metrics);
  Event killer = MakeEvent("pay_killer", 1);
  killer.id = *Uuid::Parse("000000000000700080000000000000aa");
  Event innocent = MakeEvent("pay_innocent", 1);
  innocent.id = *Uuid::Parse("000000000000700080000000000000bb");
  std::vector<Subscription> table = {{std::string(kType), [](db::Tx& tx, const Event& event) {
                                        if (event.key == "pay_killer") std::raise(SIGKILL);
                                        tx.Exec("INSERT INTO test_effects (event_id, key, sequence) VALUES ($1, $2, $3)", event.id,
                                                event.key, event.sequence);
                                      }}};
  Applier applier(std::string(kGroup), table, kCareful, db, metrics, [](milliseconds) { return true; });
  std::_Exit(applier.Apply({ToMessage(killer, 0), ToMessage(innocent, 1)}) ? 0 : 1);
}

int RunChild(const std::string& url) {
  const pid_t child = fork();
  if (child == 0) {
    setenv("QUITTANCE_TEST_CHILD_DATABASE", url.c_str(), 1);
    execl("/proc/self/exe", "child", "--gtest_filter=ApplierChild.*", "--gtest_also_run_disabled_tests", static_cast<char*>(nullptr));
    std::_Exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_F(ApplierTest, K21_AnEventThatKillsTheProcessIsADeadLetterAfterItsTries) {
  for (int start = 1; start <= kTriesMax; ++start) {
    const int status = RunChild(SystemUrl());
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "start " << start << " status " << status;
    EXPECT_EQ(Number("SELECT max(tries) FROM inbox_tries"), start);
  }
  const int status = RunChild(SystemUrl());
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(Text("SELECT reason || ' ' || tries FROM dead_letters"), "killed 5");
  EXPECT_EQ(Text("SELECT string_agg(key, ',') FROM test_effects"), "pay_innocent");
  EXPECT_EQ(Number("SELECT count(*) FROM inbox_tries"), 0);
}

Uuid OnlyDeadLetter(db::Database& db) {
  return db.TransactSync(db::Scope::System(), [](db::Tx& tx) { return tx.Exec("SELECT id FROM dead_letters").front().Get<Uuid>("id"); });
}

TEST_F(ApplierTest, K23_AReplayTwiceIsOneEffect) {
  bool broken = true;
  Applier applier = Make([&](db::Tx& tx, const Event& event) {
    if (broken) throw std::runtime_error("a bug");
    Effect(tx, event);
  });
  const Event event = MakeEvent("pay_a", 1);
  ASSERT_TRUE(applier.Apply(Numbered({event})));
  const Uuid letter = OnlyDeadLetter(system());
  EXPECT_ANY_THROW(applier.Replay(letter));  // not mended yet: it stays open
  EXPECT_EQ(applier.OpenDeadLetters(), 1);
  broken = false;
  EXPECT_TRUE(applier.Replay(letter));
  EXPECT_FALSE(applier.Replay(letter));
  EXPECT_EQ(Effects(), 1);
  EXPECT_EQ(applier.OpenDeadLetters(), 0);
  EXPECT_EQ(Text("SELECT state FROM dead_letters"), "replayed");
  ASSERT_TRUE(applier.Apply(Numbered({event})));  // and once more by Kafka
  EXPECT_EQ(Effects(), 1);
  EXPECT_FALSE(applier.Replay(*Uuid::Parse("00000000000070008000000000000099")));
}

TEST_F(ApplierTest, K24_ALaterVersionGoesOnAndTheReplayOfTheEarlierIsIgnored) {
  bool broken = true;
  Applier applier = Make([&](db::Tx& tx, const Event& event) {
    if (broken && event.sequence == 2) throw std::runtime_error("a bug");
    Effect(tx, event);
  });
  ASSERT_TRUE(applier.Apply(Numbered({MakeEvent("pay_a", 1), MakeEvent("pay_a", 2), MakeEvent("pay_a", 3)})));
  EXPECT_EQ(Number("SELECT sequence FROM test_state WHERE key = 'pay_a'"), 3);
  broken = false;
  EXPECT_TRUE(applier.Replay(OnlyDeadLetter(system())));
  EXPECT_EQ(Number("SELECT sequence FROM test_state WHERE key = 'pay_a'"), 3);
}

TEST_F(ApplierTest, ADeadLetterOfAFormerTopicIsNeverOverwrittenNorSkipped) {
  Applier applier = Make([](db::Tx&, const Event&) { throw std::runtime_error("a bug"); });
  ASSERT_TRUE(applier.Apply({ToMessage(MakeEvent("pay_a", 1), 7)}));
  EXPECT_TRUE(applier.Apply({ToMessage(MakeEvent("pay_b", 1), 7)}));  // the same offset after the topic was made anew
  EXPECT_EQ(Number("SELECT count(*) FROM dead_letters"), 2);
  EXPECT_EQ(Number("SELECT count(*) FROM inbox"), 2);
}

}  // namespace
}  // namespace quittance::events::test

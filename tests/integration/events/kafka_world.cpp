// The broker is made with the first test and ends with the program.
#include "tests/integration/events/kafka_world.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "common/events/outbox.h"
#include "common/events/producer.h"
#include "common/events/topics.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kStoreMax = 5000;  // events to a transaction

std::unique_ptr<quittance::test::KafkaServer> server;

// A broker that has just started may not take topics yet.
void MakeTopic(const std::string& address, const std::string& topic, int partitions) {
  for (const SteadyTime end = In(std::chrono::seconds(30));;) {
    try {
      EnsureTopic(address, topic, partitions, 1);
      return;
    } catch (const Fault&) {
      if (std::chrono::steady_clock::now() > end) throw;
      std::this_thread::sleep_for(milliseconds(200));
    }
  }
}

}  // namespace

bool LongTests() { return std::getenv("QUITTANCE_LONG_TESTS") != nullptr; }

quittance::test::KafkaServer& KafkaWorld::kafka() {
  if (!server) {
    server = std::make_unique<quittance::test::KafkaServer>();
    std::atexit([] { server.reset(); });
  }
  return *server;
}

void KafkaWorld::SetUp() {
  World::SetUp();
  static int tests = 0;
  topic = "quittance.t" + std::to_string(++tests) + ".v1";
  group = "quittance-t" + std::to_string(tests);
  MakeTopic(kafka().address(), topic, kPartitions);
}

RelayOptions KafkaWorld::Relaying(const std::string& owner) const {
  RelayOptions options;
  options.brokers = kafka().address();
  options.topic = topic;
  options.source = "/quittance/billing";
  options.owner = owner;
  return options;
}

ConsumerOptions KafkaWorld::Consuming() const {
  ConsumerOptions options;
  options.brokers = kafka().address();
  options.group = group;
  return options;
}

Event KafkaWorld::Make(const std::string& key, std::int64_t sequence) const {
  Event event = MakeEvent(key, sequence);
  event.type = topic + ".PaymentUpdated";
  return event;
}

std::vector<Event> KafkaWorld::Many(int keys, std::int64_t from, std::int64_t to) const {
  std::vector<Event> events;
  for (std::int64_t version = from; version <= to; ++version) {
    for (int key = 0; key < keys; ++key) events.push_back(Make("pay_" + std::to_string(key), version));
  }
  return events;
}

void KafkaWorld::Store(const std::vector<Event>& events) {
  for (std::size_t first = 0; first < events.size(); first += kStoreMax) {
    const auto some = std::span(events).subspan(first, std::min(kStoreMax, events.size() - first));
    app().TransactSync(db::Scope::Of(SomeTenant()), [&](db::Tx& tx) { AppendToOutbox(tx, some); });
  }
}

void KafkaWorld::Produce(const std::vector<Event>& events) {
  Producer producer({kafka().address(), topic, "/quittance/billing"});
  const SteadyTime end = In(std::chrono::seconds(60));
  const auto published = producer.Publish(events, [&] { return std::chrono::steady_clock::now() < end; });
  ASSERT_TRUE(std::all_of(published.deliveries.begin(), published.deliveries.end(), [](Delivery d) { return d == Delivery::kAcked; }));
}

std::vector<Subscription> KafkaWorld::Rows(Handler handler) const {
  Subscription row;
  row.type = topic + ".PaymentUpdated";
  row.handler = std::move(handler);
  return {row};
}

void KafkaWorld::SetEffect(db::Tx& tx, std::span<const Event* const> events) {
  tx.Exec("INSERT INTO test_effects (event_id, key, sequence) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])",
          db::ArrayOf(events, [](const Event* e) { return e->id; }), db::ArrayOf(events, [](const Event* e) { return e->key; }),
          db::ArrayOf(events, [](const Event* e) { return e->sequence; }));
}

bool KafkaWorld::OutboxEmpties(milliseconds limit) {
  return Eventually([&] { return Number("SELECT count(*) FROM (SELECT FROM outbox LIMIT 1) AS one") == 0; }, limit);
}

bool KafkaWorld::EffectsReach(std::int64_t count, milliseconds limit) {
  return Eventually([&] { return Number("SELECT count(*) FROM test_effects") >= count; }, limit);
}

void KafkaWorld::ExpectLog(int keys, std::int64_t versions, int partitions) {
  const auto wanted = static_cast<std::size_t>(keys * versions);
  std::map<std::string, std::int64_t> seen;  // the highest version of each key; repetitions may come, nothing may be left out
  for (const Message& message : ReadTopic(kafka().address(), topic, wanted, std::chrono::seconds(60), partitions)) {
    std::int64_t& highest = seen[*message.key];
    const std::int64_t sequence = ToEvent(message).sequence;
    ASSERT_LE(sequence, highest + 1) << *message.key;
    highest = std::max(highest, sequence);
  }
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(keys));
  for (const auto& [key, highest] : seen) ASSERT_EQ(highest, versions) << key;
}

void KafkaWorld::ExpectEffects(int keys, std::int64_t versions, bool in_order) {
  EXPECT_EQ(Number("SELECT count(*) FROM test_effects"), keys * versions);
  EXPECT_EQ(Number("SELECT count(*) FROM (SELECT DISTINCT key, sequence FROM test_effects) AS d"), keys * versions);
  if (!in_order) return;
  EXPECT_EQ(Number("SELECT count(*) FROM (SELECT sequence, lag(sequence) OVER (PARTITION BY key ORDER BY id) AS before FROM test_effects) "
                   "AS steps WHERE sequence < before"),
            0);
}

}  // namespace quittance::events::test

// World on an Apache Kafka: one broker for the whole program, a topic and a group of its own for each test.
#pragma once

#include "common/events/relay.h"
#include "tests/integration/events/mock_broker.h"
#include "tests/integration/events/world.h"
#include "tests/support/kafka_server.h"

namespace quittance::events::test {

// Set by `./dev test --all`: the sizes that take minutes.
bool LongTests();

class KafkaWorld : public World {
 protected:
  static constexpr int kPartitions = 6;

  void SetUp() override;

  static quittance::test::KafkaServer& kafka();

  RelayOptions Relaying(const std::string& owner = "one") const;
  ConsumerOptions Consuming() const;
  // An event of this test's topic.
  Event Make(const std::string& key, std::int64_t sequence) const;
  // Versions `from` to `to` of each key, version by version.
  std::vector<Event> Many(int keys, std::int64_t from, std::int64_t to) const;
  // To the outbox, a few thousand to a transaction.
  void Store(const std::vector<Event>& events);
  // Straight to the broker.
  void Produce(const std::vector<Event>& events);
  std::vector<Subscription> Rows(Handler handler = &World::Effect) const;
  // An effect like World's for whole sets.
  static void SetEffect(db::Tx& tx, std::span<const Event* const> events);

  bool OutboxEmpties(std::chrono::milliseconds limit = std::chrono::seconds(60));
  bool EffectsReach(std::int64_t count, std::chrono::milliseconds limit = std::chrono::seconds(60));
  // Every version of every key is in the topic, and the first time each version comes, no later one came before it.
  void ExpectLog(int keys, std::int64_t versions, int partitions = kPartitions);
  // Every version of every key had its effect exactly once; `in_order`: also in the order of versions.
  void ExpectEffects(int keys, std::int64_t versions, bool in_order = true);

  std::string topic;
  std::string group;
};

}  // namespace quittance::events::test

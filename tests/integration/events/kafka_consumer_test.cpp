// Consumers on an Apache Kafka: catching up, rebalances under load, partitions that are added, handlers that are too slow.
#include <atomic>
#include <set>

#include "common/events/consumer.h"
#include "common/events/relay.h"
#include "common/events/topics.h"
#include "tests/integration/events/kafka_world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KafkaConsumer : public KafkaWorld {};

TEST_F(KafkaConsumer, K21_ABacklogIsCaughtUpInBatchesFromTheFirst) {
  const std::int64_t versions = LongTests() ? 200 : 40;
  Produce(Many(500, 1, versions));
  Consumer consumer(Consuming(), Rows(), system(), metrics);
  const auto commits = [&] { return Number("SELECT count(DISTINCT xmin::text) FROM test_effects"); };
  consumer.Start();
  ASSERT_TRUE(EffectsReach(500 * versions, seconds(120)));
  consumer.Stop();
  ExpectEffects(500, versions);
  EXPECT_LT(commits(), 500 * versions / 20);  // also the first ones after the assignment were not applied one by one
  EXPECT_EQ(Number("SELECT count(*) FROM inbox_tries"), 0);
  EXPECT_EQ(Uncommitted(kafka().address(), group, topic), 0);
}

TEST_F(KafkaConsumer, K18_RebalancesUnderLoadApplyEveryEventOnce) {
  constexpr int kKeys = 200;
  const std::int64_t versions = LongTests() ? 400 : 60;
  std::atomic<std::int64_t> stored{0};
  std::thread writer([&] {
    for (std::int64_t version = 1; version <= versions; ++version) {
      Store(Many(kKeys, version, version));
      stored = version;
      std::this_thread::sleep_for(milliseconds(50));
    }
  });
  metrics::Registry other_metrics;
  Relay relay(Relaying(), system(), metrics);
  relay.Start();
  auto one = std::make_unique<Consumer>(Consuming(), Rows(), system(), metrics);
  one->Start();
  EXPECT_TRUE(EffectsReach(kKeys * versions / 10));
  auto two = std::make_unique<Consumer>(Consuming(), Rows(), system(), other_metrics);
  two->Start();  // joins while events are in flight
  EXPECT_TRUE(Eventually([&] { return two->Assigned(); }, seconds(30)));
  EXPECT_TRUE(EffectsReach(kKeys * versions / 3));
  one.reset();  // leaves
  EXPECT_TRUE(EffectsReach(kKeys * versions / 2));
  one = std::make_unique<Consumer>(Consuming(), Rows(), system(), metrics);
  one->Start();  // comes back
  writer.join();
  ASSERT_TRUE(EffectsReach(kKeys * versions));
  one->Stop();
  two->Stop();
  ExpectEffects(kKeys, versions);
  EXPECT_EQ(Number("SELECT count(*) FROM dead_letters"), 0);
  EXPECT_EQ(Uncommitted(kafka().address(), group, topic), 0);
}

TEST_F(KafkaConsumer, K14_PartitionsAddedUnderLoadLoseNothingAndTurnNothingBack) {
  constexpr int kKeys = 60;
  constexpr std::int64_t kVersions = 400;
  Relay relay(Relaying(), system(), metrics);
  Consumer consumer(Consuming(), Rows(), system(), metrics);
  relay.Start();
  consumer.Start();
  std::thread writer([&] {
    for (std::int64_t version = 1; version <= kVersions; ++version) {
      Store(Many(kKeys, version, version));
      std::this_thread::sleep_for(milliseconds(40));
    }
  });
  EXPECT_TRUE(EffectsReach(kKeys * kVersions / 10));
  EnsureTopic(kafka().address(), topic, 2 * kPartitions, 1);  // half of the keys move
  writer.join();
  ASSERT_TRUE(OutboxEmpties());
  ASSERT_TRUE(EffectsReach(kKeys * kVersions));
  consumer.Stop();
  ExpectEffects(kKeys, kVersions, false);
  EXPECT_EQ(Number("SELECT count(*) FROM test_state WHERE sequence = " + std::to_string(kVersions)), kKeys);
  std::set<int> partitions;
  for (const Message& message : ReadTopic(kafka().address(), topic, kKeys * kVersions, seconds(30), 2 * kPartitions))
    partitions.insert(message.partition);
  EXPECT_GT(partitions.size(), static_cast<std::size_t>(kPartitions));  // they were used
}

TEST_F(KafkaConsumer, K19_AHandlerSlowerThanThePollIntervalMakesNoLoop) {
  std::atomic<int> slow_calls{0};
  ConsumerOptions options = Consuming();
  options.poll_interval_max = seconds(6);  // the session's timeout is the least that Kafka takes
  const auto slow = [&](db::Tx& tx, const Event& event) {
    Effect(tx, event);
    if (event.key != "pay_3" || event.sequence != 5) return;
    ++slow_calls;
    std::this_thread::sleep_for(seconds(8));
  };
  Produce(Many(10, 1, 20));
  Consumer consumer(options, Rows(slow), system(), metrics);
  consumer.Start();
  ASSERT_TRUE(EffectsReach(200));
  Produce(Many(10, 21, 30));
  ASSERT_TRUE(EffectsReach(300));
  ASSERT_TRUE(Eventually([&] { return Uncommitted(kafka().address(), group, topic) == 0; }));
  consumer.Stop();
  ExpectEffects(10, 30);
  EXPECT_EQ(slow_calls, 1);  // its effect was committed, so the rebalance that followed brought only duplicates
  EXPECT_EQ(Number("SELECT count(*) FROM dead_letters"), 0);
}

TEST_F(KafkaConsumer, SetsOfEventsAreOneStatement) {
  const int keys = 100;
  const std::int64_t versions = LongTests() ? 500 : 100;
  Produce(Many(keys, 1, versions));
  std::atomic<int> sets{0};
  const auto rows = InSets({topic + ".PaymentUpdated"}, [&](db::Tx& tx, std::span<const Event* const> events) {
    ++sets;
    SetEffect(tx, events);
  });
  Consumer consumer(Consuming(), rows, system(), metrics);
  consumer.Start();
  ASSERT_TRUE(EffectsReach(keys * versions));
  consumer.Stop();
  ExpectEffects(keys, versions);
  EXPECT_LT(sets, keys * versions / 20);
}

}  // namespace
}  // namespace quittance::events::test

// The whole way: outbox, relay, broker over TCP, consumer, effect.
#include "common/events/consumer.h"

#include <algorithm>
#include <atomic>

#include "common/events/producer.h"
#include "common/events/relay.h"
#include "common/events/topics.h"
#include "tests/integration/events/mock_broker.h"
#include "tests/integration/events/world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;

class ConsumerTest : public World {
 protected:
  ConsumerOptions Options() { return {broker->address(), std::string(kGroup), 50}; }

  // Straight to the broker.
  void Produce(const std::vector<Event>& events) {
    Producer producer({broker->address(), std::string(kTopic), "/quittance/billing"});
    const SteadyTime end = In(milliseconds(10'000));
    const auto published = producer.Publish(events, [&] { return std::chrono::steady_clock::now() < end; });
    ASSERT_TRUE(std::all_of(published.deliveries.begin(), published.deliveries.end(), [](Delivery d) { return d == Delivery::kAcked; }));
  }
  std::vector<Event> Many(int keys, int versions) {
    std::vector<Event> events;
    for (int version = 1; version <= versions; ++version) {
      for (int key = 0; key < keys; ++key) events.push_back(MakeEvent("pay_" + std::to_string(key), version));
    }
    return events;
  }
  bool EffectsReach(std::int64_t count, milliseconds limit = milliseconds(30'000)) {
    return Eventually([&] { return Number("SELECT count(*) FROM test_effects") >= count; }, limit);
  }
  // Every key has had each version once, in order.
  void ExpectAll(int keys, int versions) {
    EXPECT_EQ(Number("SELECT count(*) FROM test_effects"), keys * versions);
    for (int key = 0; key < keys; ++key) {
      const auto sequences = SequencesOf("pay_" + std::to_string(key));
      ASSERT_EQ(sequences.size(), static_cast<std::size_t>(versions)) << key;
      EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end())) << key;
    }
  }

  std::unique_ptr<MockBroker> broker = std::make_unique<MockBroker>();
};

TEST_F(ConsumerTest, FromTheOutboxToTheEffectInOrder) {
  Relay relay({broker->address(), std::string(kTopic), "/quittance/billing", "one"}, system(), metrics);
  Consumer consumer(Options(), Table(), system(), metrics);
  relay.Start();
  consumer.Start();
  for (int version = 1; version <= 10; ++version) {
    std::vector<Event> events;
    for (int key = 0; key < 20; ++key) events.push_back(MakeEvent("pay_" + std::to_string(key), version));
    Append(events);
  }
  ASSERT_TRUE(EffectsReach(200));
  EXPECT_TRUE(consumer.Assigned());
  ExpectAll(20, 10);
  consumer.Stop();
  EXPECT_FALSE(consumer.Assigned());
  EXPECT_EQ(Uncommitted(broker->address(), std::string(kGroup), std::string(kTopic)), 0);
  EXPECT_NE(metrics.Render().find("quittance_consumer_lag{consumer=\"quittance-test\",topic=\"quittance.billing.v1\"}"), std::string::npos);
}

TEST_F(ConsumerTest, K06_K16_DuplicatesFromRelayAndRestartHaveOneEffect) {
  const auto events = Many(10, 3);
  Produce(events);
  Produce(events);  // a relay that died between acknowledgement and deletion
  {
    Consumer consumer(Options(), Table(), system(), metrics);
    consumer.Start();
    ASSERT_TRUE(EffectsReach(30));
    consumer.Stop();
  }
  Consumer again({broker->address(), std::string(kGroup), 50}, Table(), system(), metrics);
  again.Start();
  Produce({MakeEvent("pay_last", 1)});
  ASSERT_TRUE(Eventually([&] { return !SequencesOf("pay_last").empty(); }, milliseconds(30'000)));
  EXPECT_EQ(Number("SELECT count(*) FROM test_effects"), 31);
}

TEST_F(ConsumerTest, AFaultPausesAndNothingIsLostOrTurnedRound) {
  std::atomic<bool> away{true};
  Consumer consumer(Options(), Table([&](db::Tx& tx, const Event& event) {
                      if (away) throw db::ConnectionLost("the database is away");
                      Effect(tx, event);
                    }),
                    system(), metrics);
  Produce(Many(10, 10));
  consumer.Start();
  std::this_thread::sleep_for(milliseconds(5000));
  Produce(Many(5, 1));  // more arrives meanwhile
  EXPECT_EQ(Number("SELECT count(*) FROM test_effects"), 0);
  away = false;
  ASSERT_TRUE(EffectsReach(105));
  EXPECT_EQ(Number("SELECT count(*) FROM dead_letters"), 0);
  for (int key = 5; key < 10; ++key) {
    const auto sequences = SequencesOf("pay_" + std::to_string(key));
    EXPECT_EQ(sequences.size(), 10u);
    EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end())) << key;
  }
}

TEST_F(ConsumerTest, K18_ARebalanceInTheMiddleLosesNothing) {
  const auto slow = [](db::Tx& tx, const Event& event) {
    std::this_thread::sleep_for(milliseconds(2));
    Effect(tx, event);
  };
  metrics::Registry other_metrics;
  Consumer one(Options(), Table(slow), system(), metrics);
  Consumer two(Options(), Table(slow), system(), other_metrics);
  Produce(Many(100, 10));
  one.Start();
  ASSERT_TRUE(EffectsReach(100));
  two.Start();  // joins while messages are in flight; the mock broker may need several rounds until two members agree
  ASSERT_TRUE(EffectsReach(600, milliseconds(100'000)));
  one.Stop();  // and the first leaves
  ASSERT_TRUE(EffectsReach(1000, milliseconds(100'000)));
  ExpectAll(100, 10);
}

TEST_F(ConsumerTest, K25_StopIsBoundedWithoutABroker) {
  Consumer consumer(Options(), Table(), system(), metrics);
  consumer.Start();
  ASSERT_TRUE(Eventually([&] { return consumer.Assigned(); }));
  broker->Down();
  const auto begun = std::chrono::steady_clock::now();
  consumer.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(30'000));
}

TEST_F(ConsumerTest, EnsureTopicTakesATopicThatIsThere) {
  for (const std::string_view topic : kTopics) EXPECT_NO_THROW(EnsureTopic(broker->address(), topic, kPartitionsDefault, 1));
}

TEST_F(ConsumerTest, EnsureTopicSaysWhenTheBrokerIsAway) { EXPECT_THROW(EnsureTopic("127.0.0.1:1", kTopics.front(), 1, 1), Fault); }

}  // namespace
}  // namespace quittance::events::test

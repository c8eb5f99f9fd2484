// How producers and consumers are set up: each of these settings stands between us and a loss that was seen elsewhere.
#include <gtest/gtest.h>

#include <map>

#include "common/core/fault.h"
#include "common/events/kafka.h"

namespace quittance::events::kafka {
namespace {

std::map<std::string, std::string> AsMap(const Settings& settings) { return {settings.begin(), settings.end()}; }

TEST(KafkaSettings, K08_ProducerNeverTimesAMessageOut) {
  auto settings = AsMap(ProducerSettings("127.0.0.1:1"));
  EXPECT_EQ(settings["message.timeout.ms"], "0");
  EXPECT_EQ(settings["enable.idempotence"], "true");
  EXPECT_EQ(settings["acks"], "all");
  EXPECT_EQ(settings["partitioner"], "murmur2_random");
}

// What the library commits from time to time is what we stored, and we store what was applied.
TEST(KafkaSettings, K17_OffsetsAreStoredByHandAndCommittedInTheirTime) {
  auto settings = AsMap(ConsumerSettings("127.0.0.1:1", "quittance-test"));
  EXPECT_EQ(settings["enable.auto.offset.store"], "false");
  EXPECT_LE(std::stoi(settings["auto.commit.interval.ms"]), 1000);
}

TEST(KafkaSettings, K26_NothingSkipsToTheEnd) {
  EXPECT_EQ(AsMap(ConsumerSettings("127.0.0.1:1", "quittance-test"))["auto.offset.reset"], "earliest");
}

TEST(KafkaSettings, K15_ConsumersMakeNoTopics) {
  EXPECT_EQ(AsMap(ConsumerSettings("127.0.0.1:1", "quittance-test"))["allow.auto.create.topics"], "false");
}

TEST(KafkaSettings, TheLibraryTakesThemAll) {
  rd_kafka_t* producer = NewClient(RD_KAFKA_PRODUCER, ProducerSettings("127.0.0.1:1"));
  DestroyBounded(producer, std::chrono::seconds(5), nullptr);
  rd_kafka_t* consumer = NewClient(RD_KAFKA_CONSUMER, ConsumerSettings("127.0.0.1:1", "quittance-test"));
  DestroyBounded(consumer, std::chrono::seconds(5), nullptr);
}

TEST(KafkaSettings, AMistakeIsAFaultThatNamesIt) {
  try {
    NewClient(RD_KAFKA_PRODUCER, {{"no.such.setting", "1"}});
    FAIL();
  } catch (const Fault& fault) {
    EXPECT_NE(std::string(fault.what()).find("no.such.setting"), std::string::npos);
  }
}

}  // namespace
}  // namespace quittance::events::kafka

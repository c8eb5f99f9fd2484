// Topics and the relay on an Apache Kafka that is killed, frozen and slow, with backlogs that an embedded broker could not hold.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "common/core/fault.h"
#include "common/events/kafka.h"
#include "common/events/relay.h"
#include "common/events/topics.h"
#include "tests/integration/events/kafka_world.h"

namespace quittance::events::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class KafkaTopics : public KafkaWorld {};

int PartitionsThere(const std::string& address, const std::string& topic) {
  rd_kafka_t* client = kafka::NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", address}});
  const rd_kafka_metadata_t* metadata = nullptr;
  int partitions = -1;
  if (rd_kafka_metadata(client, 1, nullptr, &metadata, 5000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      if (topic == metadata->topics[i].topic) partitions = metadata->topics[i].partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
  }
  kafka::DestroyBounded(client, seconds(5), nullptr);
  return partitions;
}

TEST_F(KafkaTopics, K15_MigrateMakesWhatIsMissingAndLeavesTheRestAlone) {
  const std::string fresh = topic + ".fresh";
  EnsureTopic(kafka().address(), fresh, 3, 1);
  EXPECT_TRUE(Eventually([&] { return PartitionsThere(kafka().address(), fresh) == 3; }));
  EnsureTopic(kafka().address(), fresh, 3, 1);  // again
  EnsureTopic(kafka().address(), fresh, 2, 1);  // nothing shrinks
  EXPECT_EQ(PartitionsThere(kafka().address(), fresh), 3);
  EnsureTopic(kafka().address(), fresh, 5, 1);
  EXPECT_TRUE(Eventually([&] { return PartitionsThere(kafka().address(), fresh) == 5; }));
}

std::string FaultOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Fault& fault) {
    return fault.what();
  }
  return "";
}

TEST_F(KafkaTopics, K15_WhatCannotBeMadeIsNamed) {
  const std::string text = FaultOf([&] { EnsureTopic(kafka().address(), topic + ".three", 1, 3); });  // of one broker
  EXPECT_NE(text.find(topic + ".three"), std::string::npos) << text;
  EXPECT_NE(text.find("eplication"), std::string::npos) << text;
}

TEST_F(KafkaTopics, K15_ABrokerThatIsDownAtMigrationIsAClearFault) {
  kafka().Freeze();
  const std::string text = FaultOf([&] { EnsureTopic(kafka().address(), topic, kPartitions, 1); });
  kafka().Thaw();
  EXPECT_NE(text.find("kafka"), std::string::npos) << text;
  EXPECT_EQ(FaultOf([&] { EnsureTopic(kafka().address(), topic, kPartitions, 1); }), "");
}

class KafkaRelay : public KafkaWorld {
 protected:
  // Appends versions from `from` on, one of each key at a time, until told to stop; gives the last one.
  std::int64_t StreamUntil(const std::atomic<bool>& stop, int keys, std::int64_t from, milliseconds pause) {
    std::int64_t version = from;
    for (; !stop; ++version) {
      Store(Many(keys, version, version));
      std::this_thread::sleep_for(pause);
    }
    return version - 1;
  }
};

TEST_F(KafkaRelay, K07_K08_ABrokerKilledUnderAStreamLosesNothingAndKeepsTheOrder) {
  Relay relay(Relaying(), system(), metrics);
  relay.Start();
  std::atomic<bool> stop{false};
  std::int64_t versions = 0;
  std::thread writer([&] { versions = StreamUntil(stop, 10, 1, milliseconds(20)); });
  std::this_thread::sleep_for(seconds(1));
  kafka().Kill();
  std::this_thread::sleep_for(LongTests() ? seconds(60) : seconds(4));
  EXPECT_GT(Number("SELECT count(*) FROM outbox"), 100);  // writing went on
  kafka().Start();
  std::this_thread::sleep_for(seconds(1));
  kafka().Kill();  // and once more while it drains
  kafka().Start();
  stop = true;
  writer.join();
  ASSERT_TRUE(OutboxEmpties());
  relay.Drain(In(seconds(5)));
  ExpectLog(10, versions);
}

TEST_F(KafkaRelay, K27_ABacklogDrainsInOrderWhileMoreArrives) {
  const int keys = 500;
  const std::int64_t backlog = LongTests() ? 2000 : 200;  // versions: a million or a hundred thousand events
  Store(Many(keys, 1, backlog));
  Relay relay(Relaying(), system(), metrics);
  std::atomic<bool> stop{false};
  std::int64_t versions = 0;
  std::thread writer([&] { versions = StreamUntil(stop, keys, backlog + 1, milliseconds(500)); });  // at most 1,000 a second
  const SteadyTime begun = std::chrono::steady_clock::now();
  relay.Start();
  const bool drained =
      Eventually([&] { return Number("SELECT count(*) FROM outbox WHERE sequence <= " + std::to_string(backlog)) == 0; }, seconds(300));
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  stop = true;
  writer.join();
  ASSERT_TRUE(drained);
  if (LongTests()) EXPECT_GT(keys * static_cast<double>(backlog) / took, 5.0 * 1000) << took << " s";  // five times what arrived
  ASSERT_TRUE(OutboxEmpties());
  ExpectLog(keys, versions);
}

TEST_F(KafkaRelay, K11_AFullQueueWaitsInTheOutboxAndDropsNothing) {
  const auto resident = [] {
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    long total = 0;
    long pages = 0;
    const int read = std::fscanf(file, "%ld %ld", &total, &pages);
    std::fclose(file);
    return read == 2 ? pages * sysconf(_SC_PAGESIZE) / 1024 / 1024 : 0;
  };
  constexpr int kEvents = 120;
  for (int version = 1; version <= kEvents; ++version) {
    Event event = Make("pay_large", version);
    event.data.assign(800'000, static_cast<char>('a' + version % 26));
    Append({event});
  }
  kafka().Freeze();  // 96 MB and nobody to take them
  const long before = resident();
  Relay relay(Relaying(), system(), metrics);
  relay.Start();
  std::this_thread::sleep_for(seconds(3));
  const long after = resident();
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), kEvents);
  kafka().Thaw();
  ASSERT_TRUE(OutboxEmpties());
  EXPECT_LT(after - before, 90) << "MB more while the broker was silent; all of it twice would be 190";
  ExpectLog(1, kEvents);
}

// The child of the next test: a relay in a process of its own, which can be paused as a whole.
TEST(KafkaRelayChild, DISABLED_Relays) {
  metrics::Registry metrics;
  db::Database db({"system", Secret(std::getenv("QUITTANCE_TEST_CHILD_DATABASE")), 2}, metrics);
  RelayOptions options;
  options.brokers = std::getenv("QUITTANCE_TEST_CHILD_BROKERS");
  options.topic = std::getenv("QUITTANCE_TEST_CHILD_TOPIC");
  options.source = "/quittance/billing";
  options.owner = "child";
  options.lease = milliseconds(2000);
  options.batch = 50;
  Relay relay(options, db, metrics);
  relay.Start();
  std::this_thread::sleep_for(seconds(120));
}

TEST_F(KafkaRelay, K12_APausedOwnerThatWakesTurnsNothingBack) {
  constexpr int kKeys = 20;
  const std::string url = SystemUrl();
  const pid_t child = fork();
  if (child == 0) {
    setenv("QUITTANCE_TEST_CHILD_DATABASE", url.c_str(), 1);
    setenv("QUITTANCE_TEST_CHILD_BROKERS", kafka().address().c_str(), 1);
    setenv("QUITTANCE_TEST_CHILD_TOPIC", topic.c_str(), 1);
    execl("/proc/self/exe", "child", "--gtest_filter=KafkaRelayChild.*", "--gtest_also_run_disabled_tests", static_cast<char*>(nullptr));
    std::_Exit(127);
  }
  std::atomic<bool> stop{false};
  std::int64_t versions = 0;
  std::thread writer([&] { versions = StreamUntil(stop, kKeys, 1, milliseconds(5)); });
  EXPECT_TRUE(Eventually([&] { return Text("SELECT owner FROM relay_lease") == "child"; }, seconds(30)));
  std::this_thread::sleep_for(seconds(1));
  kill(child, SIGSTOP);
  RelayOptions options = Relaying("other");
  options.lease = milliseconds(2000);
  Relay relay(options, system(), metrics);
  relay.Start();
  EXPECT_TRUE(Eventually([&] { return Text("SELECT owner FROM relay_lease") == "other"; }, seconds(30)));
  std::this_thread::sleep_for(seconds(1));
  kill(child, SIGCONT);  // what it holds goes out now, late
  std::this_thread::sleep_for(seconds(1));
  stop = true;
  writer.join();
  EXPECT_TRUE(OutboxEmpties());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(Text("SELECT owner FROM relay_lease"), "other");
  relay.Drain(In(seconds(5)));

  Consumer consumer(Consuming(), Rows(), system(), metrics);
  consumer.Start();
  ASSERT_TRUE(EffectsReach(kKeys * versions));
  consumer.Stop();
  ExpectEffects(kKeys, versions, false);
  // Where a late message was behind a newer one, the projection did not follow it.
  EXPECT_EQ(Number("SELECT count(*) FROM test_state WHERE sequence = " + std::to_string(versions)), kKeys);
}

TEST_F(KafkaRelay, D05_ABrokerThatHangsAtShutdownHoldsNobodyUp) {
  Relay relay(Relaying(), system(), metrics);
  Consumer consumer(Consuming(), Rows(), system(), metrics);
  relay.Start();
  consumer.Start();
  Store(Many(5, 1, 1));
  ASSERT_TRUE(EffectsReach(5));
  kafka().Freeze();  // connections stay open, nothing answers
  Store(Many(5, 2, 2));
  std::this_thread::sleep_for(milliseconds(300));
  const SteadyTime begun = std::chrono::steady_clock::now();
  consumer.Stop();
  relay.Drain(In(milliseconds(500)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(25));  // what a process has
  kafka().Thaw();
  EXPECT_EQ(Number("SELECT count(*) FROM outbox"), 5);  // nothing was taken for sent
  Relay next(Relaying("two"), system(), metrics);
  Consumer again(Consuming(), Rows(), system(), metrics);
  next.Start();
  again.Start();
  ASSERT_TRUE(EffectsReach(10));
  again.Stop();
  ExpectEffects(5, 2);
}

}  // namespace
}  // namespace quittance::events::test

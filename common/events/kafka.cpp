// librdkafka's handles: configuration with its errors, log lines, bounded destruction.
#include "common/events/kafka.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <thread>

#include "common/core/fault.h"
#include "common/log/log.h"

namespace quittance::events::kafka {
namespace {

// syslog levels: 3 error, 4 warning. AUTOCREATE says that dev-broker's metadata protocol is an old one; we never ask for a topic by a new
// name.
void LogLine(const rd_kafka_t*, int level, const char* facility, const char* text) {
  if (level > 4 || std::string_view(facility) == "AUTOCREATE") return;
  log::Warn("kafka client", {{"facility", facility}, {"detail", text}});
}

// How long a group waits for a member that died. Test builds may wait less, as a group's dead members cost chaos runs most of their time;
// Apache Kafka takes no less than 6 s.
std::string SessionTimeoutMs() {
#ifndef NDEBUG
  if (const char* wish = std::getenv("QUITTANCE_TEST_SESSION_TIMEOUT_MS")) return wish;
#endif
  return "6000";
}

}  // namespace

Settings ProducerSettings(const std::string& brokers) {
  return {
      {"bootstrap.servers", brokers},
      {"client.id", "quittance-relay"},
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"message.timeout.ms", "0"},        // never: a timeout in the middle would end a sequence 1..5 as 1, 4, 5
      {"partitioner", "murmur2_random"},  // the partitions that JVM clients would choose
      {"linger.ms", "1"},
      {"queue.buffering.max.kbytes", "16384"},          // more than that waits in the outbox
      {"topic.metadata.refresh.interval.ms", "10000"},  // partitions that were added are found within 10 s
      {"reconnect.backoff.max.ms", "1000"},
  };
}

Settings ConsumerSettings(const std::string& brokers, const std::string& group, std::chrono::milliseconds poll_interval_max) {
  return {
      {"bootstrap.servers", brokers},
      {"client.id", group},
      {"group.id", group},
      {"partition.assignment.strategy", "range"},  // the cooperative ones have bugs in 2.0.2
      {"enable.auto.offset.store", "false"},       // offsets only after the database's commit
      {"auto.commit.interval.ms", "200"},  // what was stored since then goes to the broker together, and at the end of an assignment
      {"auto.offset.reset", "earliest"},   // an offset that is gone never skips to the end
      {"allow.auto.create.topics", "false"},
      {"max.poll.interval.ms", std::to_string(poll_interval_max.count())},
      {"session.timeout.ms", SessionTimeoutMs()},
      {"heartbeat.interval.ms", std::to_string(std::stoi(SessionTimeoutMs()) / 6)},
      {"fetch.wait.max.ms", "100"},  // the mock broker sits a fetch out to this, whatever arrives meanwhile
      {"queued.max.messages.kbytes", "16384"},
      {"topic.metadata.refresh.interval.ms", "10000"},  // partitions that were added are found within 10 s
      {"reconnect.backoff.max.ms", "1000"},
  };
}

rd_kafka_t* NewClient(rd_kafka_type_t type, const Settings& settings, const std::function<void(rd_kafka_conf_t*)>& prepare) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof(error)) == RD_KAFKA_CONF_OK) continue;
    rd_kafka_conf_destroy(conf);
    throw Fault("kafka configuration: " + std::string(error));
  }
  rd_kafka_conf_set_log_cb(conf, &LogLine);
  if (prepare) prepare(conf);
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof(error));
  if (client != nullptr) return client;
  rd_kafka_conf_destroy(conf);
  throw Fault("kafka client: " + std::string(error));
}

void DestroyBounded(rd_kafka_t* client, std::chrono::milliseconds limit, std::shared_ptr<void> state) {
  struct Done {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
  };
  auto done = std::make_shared<Done>();
  std::thread([client, done, state = std::move(state)] {
    if (rd_kafka_type(client) == RD_KAFKA_CONSUMER) {
      rd_kafka_consumer_close(client);
    } else {
      rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    rd_kafka_destroy(client);
    std::lock_guard lock(done->mutex);
    done->done = true;
    done->changed.notify_all();
  }).detach();
  std::unique_lock lock(done->mutex);
  if (!done->changed.wait_for(lock, limit, [&] { return done->done; })) {
    log::Warn("kafka client does not end, left behind", {{"after_ms", static_cast<std::int64_t>(limit.count())}});
  }
}

}  // namespace quittance::events::kafka

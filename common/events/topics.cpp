// Creates topics through the admin API, once. A broker that has the topic already is never asked to make it (dev-broker has no
// CreateTopics).
#include "common/events/topics.h"

#include <cstring>
#include <memory>

#include "common/core/fault.h"
#include "common/events/kafka.h"

namespace quittance::events {
namespace {

constexpr int kTimeoutMs = 5000;

struct ClientDeleter {
  void operator()(rd_kafka_t* client) const { kafka::DestroyBounded(client, std::chrono::seconds(5), nullptr); }
};
struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct EventDeleter {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
struct NewTopicDeleter {
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
};
struct OptionsDeleter {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};

// Asks for all topics: asking for one by name could make it, with the broker's default partitions.
bool Exists(rd_kafka_t* client, std::string_view topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, 1, nullptr, &metadata, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw Fault("kafka metadata: " + std::string(rd_kafka_err2str(error)));
  bool found = false;
  for (int i = 0; i < metadata->topic_cnt; ++i)
    found = found || (topic == metadata->topics[i].topic && metadata->topics[i].partition_cnt > 0);
  rd_kafka_metadata_destroy(metadata);
  return found;
}

void Create(rd_kafka_t* client, const std::string& topic, int partitions, int replicas) {
  char error[512];
  std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDeleter> fresh(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, replicas, error, sizeof(error)));
  if (!fresh) throw Fault("topic " + topic + ": " + error);
  std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDeleter> options(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, error, sizeof(error));
  std::unique_ptr<rd_kafka_queue_t, QueueDeleter> queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {fresh.get()};
  rd_kafka_CreateTopics(client, topics, 1, options.get(), queue.get());

  std::unique_ptr<rd_kafka_event_t, EventDeleter> event(rd_kafka_queue_poll(queue.get(), kTimeoutMs + 1000));
  if (!event) throw Fault("topic " + topic + ": no answer to CreateTopics");
  if (rd_kafka_event_error(event.get())) throw Fault("topic " + topic + ": " + rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto result = rd_kafka_topic_result_error(results[i]);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR || result == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    throw Fault("topic " + topic + ": " + rd_kafka_topic_result_error_string(results[i]));
  }
}

}  // namespace

void EnsureTopic(const std::string& brokers, std::string_view topic, int partitions, int replicas) {
  std::unique_ptr<rd_kafka_t, ClientDeleter> client(
      kafka::NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"client.id", "quittance-migrate"}}));
  if (Exists(client.get(), topic)) return;
  Create(client.get(), std::string(topic), partitions, replicas);
}

}  // namespace quittance::events

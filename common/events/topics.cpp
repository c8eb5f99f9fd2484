// Creates and grows topics through the admin API. A broker that has the topic as it should be is never asked for either (dev-broker has
// neither). Growing moves keys to other partitions: consumers go by versions, so that the order within an aggregate holds all the same.
#include "common/events/topics.h"

#include <memory>

#include "common/core/fault.h"
#include "common/events/kafka.h"
#include "common/log/log.h"

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
struct NewPartitionsDeleter {
  void operator()(rd_kafka_NewPartitions_t* partitions) const { rd_kafka_NewPartitions_destroy(partitions); }
};
struct OptionsDeleter {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};

// 0: there is none. Asks for all topics: asking for one by name could make it, with the broker's default partitions.
int PartitionsOf(rd_kafka_t* client, std::string_view topic) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client, 1, nullptr, &metadata, kTimeoutMs);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw Fault("kafka metadata: " + std::string(rd_kafka_err2str(error)));
  int partitions = 0;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    if (topic == metadata->topics[i].topic) partitions = metadata->topics[i].partition_cnt;
  }
  rd_kafka_metadata_destroy(metadata);
  return partitions;
}

using Options = std::unique_ptr<rd_kafka_AdminOptions_t, OptionsDeleter>;

Options MakeOptions(rd_kafka_t* client, rd_kafka_admin_op_t operation) {
  char error[512];
  Options options(rd_kafka_AdminOptions_new(client, operation));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, error, sizeof(error));
  return options;
}

// The answer to what was asked last, without an error of the whole.
std::unique_ptr<rd_kafka_event_t, EventDeleter> Answer(rd_kafka_queue_t* queue, const std::string& topic) {
  std::unique_ptr<rd_kafka_event_t, EventDeleter> event(rd_kafka_queue_poll(queue, kTimeoutMs + 1000));
  if (!event) throw Fault("topic " + topic + ": the broker does not answer");
  if (rd_kafka_event_error(event.get())) throw Fault("topic " + topic + ": " + rd_kafka_event_error_string(event.get()));
  return event;
}

void Check(const rd_kafka_topic_result_t* const* results, std::size_t count, const std::string& topic, rd_kafka_resp_err_t allowed) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto result = rd_kafka_topic_result_error(results[i]);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR || result == allowed) continue;
    const char* const text = rd_kafka_topic_result_error_string(results[i]);
    throw Fault("topic " + topic + ": " + (text != nullptr ? text : rd_kafka_err2str(result)));
  }
}

void Create(rd_kafka_t* client, const std::string& topic, int partitions, int replicas) {
  char error[512];
  std::unique_ptr<rd_kafka_NewTopic_t, NewTopicDeleter> fresh(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, replicas, error, sizeof(error)));
  if (!fresh) throw Fault("topic " + topic + ": " + error);
  const Options options = MakeOptions(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  std::unique_ptr<rd_kafka_queue_t, QueueDeleter> queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {fresh.get()};
  rd_kafka_CreateTopics(client, topics, 1, options.get(), queue.get());
  const auto event = Answer(queue.get(), topic);
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  Check(results, count, topic, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS);
}

void Grow(rd_kafka_t* client, const std::string& topic, int from, int to) {
  char error[512];
  std::unique_ptr<rd_kafka_NewPartitions_t, NewPartitionsDeleter> fresh(
      rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(to), error, sizeof(error)));
  if (!fresh) throw Fault("topic " + topic + ": " + error);
  const Options options = MakeOptions(client, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
  std::unique_ptr<rd_kafka_queue_t, QueueDeleter> queue(rd_kafka_queue_new(client));
  rd_kafka_NewPartitions_t* topics[] = {fresh.get()};
  rd_kafka_CreatePartitions(client, topics, 1, options.get(), queue.get());
  const auto event = Answer(queue.get(), topic);
  std::size_t count = 0;
  const auto* results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event.get()), &count);
  Check(results, count, topic, RD_KAFKA_RESP_ERR_NO_ERROR);
  log::Info("topic grown", {{"topic", topic}, {"partitions_before", from}, {"partitions", to}});
}

}  // namespace

void EnsureTopic(const std::string& brokers, std::string_view topic, int partitions, int replicas) {
  std::unique_ptr<rd_kafka_t, ClientDeleter> client(
      kafka::NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"client.id", "quittance-migrate"}}));
  const int there = PartitionsOf(client.get(), topic);
  if (there == 0) {
    Create(client.get(), std::string(topic), partitions, replicas);
  } else if (there < partitions) {
    Grow(client.get(), std::string(topic), there, partitions);
  }
}

}  // namespace quittance::events

// The in-process broker of the tests.
#include "tests/integration/events/mock_broker.h"

#include <stdexcept>

#include "common/core/check.h"
#include "common/events/kafka.h"
#include "common/events/topics.h"

namespace quittance::events::test {

MockBroker::MockBroker()
    : owner_(kafka::NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", "127.0.0.1:1"}, {"log_level", "0"}})),
      cluster_(rd_kafka_mock_cluster_new(owner_, 1)) {
  CHECK(cluster_ != nullptr);
  for (const std::string_view topic : kTopics) rd_kafka_mock_topic_create(cluster_, std::string(topic).c_str(), kPartitionsDefault, 1);
}

MockBroker::~MockBroker() {
  rd_kafka_mock_cluster_destroy(cluster_);
  rd_kafka_destroy(owner_);
}

std::string MockBroker::address() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
void MockBroker::Down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
void MockBroker::Up() { rd_kafka_mock_broker_set_up(cluster_, 1); }

void MockBroker::Answer(std::chrono::milliseconds after) { rd_kafka_mock_broker_set_rtt(cluster_, 1, static_cast<int>(after.count())); }

void MockBroker::FailProduce(const std::vector<rd_kafka_resp_err_t>& errors) {
  rd_kafka_mock_push_request_errors_array(cluster_, 0, errors.size(), errors.data());  // ApiKey 0: Produce
}

std::vector<Message> ReadTopic(const std::string& brokers, const std::string& topic, std::size_t count, std::chrono::milliseconds limit,
                               int partitions) {
  rd_kafka_t* client =
      kafka::NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers}, {"group.id", "tap"}, {"fetch.wait.max.ms", "20"}});
  rd_kafka_poll_set_consumer(client);
  auto list = kafka::NewList(partitions);
  for (int partition = 0; partition < partitions; ++partition) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_assign(client, list.get());
  std::vector<Message> messages;
  const auto end = std::chrono::steady_clock::now() + limit;
  bool more = true;
  while (more && std::chrono::steady_clock::now() < end) {
    rd_kafka_message_t* raw = rd_kafka_consumer_poll(client, 300);
    more = messages.size() < count || raw != nullptr;
    if (raw == nullptr) continue;
    if (raw->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      Message message;
      message.topic = topic;
      message.partition = raw->partition;
      message.offset = raw->offset;
      if (raw->key != nullptr) message.key = std::string(static_cast<const char*>(raw->key), raw->key_len);
      message.data.assign(static_cast<const char*>(raw->payload), raw->len);
      rd_kafka_headers_t* headers = nullptr;
      const char* name = nullptr;
      const void* value = nullptr;
      std::size_t size = 0;
      rd_kafka_message_headers(raw, &headers);
      for (std::size_t i = 0; headers != nullptr && rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
           ++i) {
        message.headers.emplace_back(name, std::string(static_cast<const char*>(value), size));
      }
      messages.push_back(std::move(message));
    }
    rd_kafka_message_destroy(raw);
  }
  kafka::DestroyBounded(client, std::chrono::seconds(5), nullptr);
  return messages;
}

std::int64_t Uncommitted(const std::string& brokers, const std::string& group, const std::string& topic) {
  rd_kafka_t* client = kafka::NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers}, {"group.id", group}});
  auto list = kafka::NewList(kPartitionsDefault);
  for (int partition = 0; partition < kPartitionsDefault; ++partition)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  const auto error = rd_kafka_committed(client, list.get(), 5000);
  std::int64_t uncommitted = error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
  bool any = false;
  for (int i = 0; i < list->cnt && error == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_query_watermark_offsets(client, topic.c_str(), list->elems[i].partition, &low, &high, 5000);
    any = any || list->elems[i].offset >= 0;
    uncommitted += high - std::max<std::int64_t>(list->elems[i].offset, 0);
  }
  kafka::DestroyBounded(client, std::chrono::seconds(5), nullptr);
  return any ? uncommitted : -1;
}

}  // namespace quittance::events::test

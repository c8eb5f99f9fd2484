// See event_tail.h. Invariant: every event id is counted once, so that a relay's harmless duplicate does not look like two events.
#include "tests/e2e/event_tail.h"

#include <google/protobuf/util/json_util.h>
#include <librdkafka/rdkafka.h>

#include <set>
#include <stdexcept>
#include <utility>

#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "quittance/notifications/v1/notifications_events.pb.h"
#include "quittance/subscriptions/v1/subscriptions_events.pb.h"

namespace quittance::e2e {

std::string SeenEvent::type() const {
  const auto it = headers.find("ce_type");
  return it == headers.end() ? "" : it->second.substr(it->second.rfind('.') + 1);
}

std::string SeenEvent::decoded() const {
  const auto it = headers.find("ce_type");
  const auto* descriptor =
      it == headers.end() ? nullptr : google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(it->second);
  if (descriptor == nullptr) return "(unknown type)";
  std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (!message->ParseFromString(data)) return "(unreadable)";
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  (void)google::protobuf::util::MessageToJsonString(*message, &json, options);
  return json;
}

EventTail::EventTail(const std::string& brokers) : thread_([this, brokers] { Run(brokers); }) {
  // Links the event descriptors in.
  (void)auth::v1::UserCreated::descriptor();
  (void)billing::v1::PaymentCreated::descriptor();
  (void)notifications::v1::NotificationSent::descriptor();
  (void)subscriptions::v1::PlanPublished::descriptor();
}

EventTail::~EventTail() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  thread_.join();
}

std::vector<SeenEvent> EventTail::All() const {
  std::lock_guard lock(mutex_);
  return events_;
}

std::vector<SeenEvent> EventTail::Take() {
  std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

int EventTail::Count(const std::string& type, const std::string& key) const {
  std::lock_guard lock(mutex_);
  int count = 0;
  for (const auto& event : events_) count += event.type() == type && (key.empty() || event.key == key) ? 1 : 0;
  return count;
}

void EventTail::Run(const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char text[512];
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), text, sizeof text);
  rd_kafka_conf_set(conf, "group.id", "tail", text, sizeof text);
  rd_kafka_conf_set(conf, "enable.auto.commit", "false", text, sizeof text);
  rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", text, sizeof text);
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  if (client == nullptr) throw std::runtime_error(text);
  rd_kafka_poll_set_consumer(client);
  // Assigned by hand: no group, so no rebalance delay.
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(32);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client, 1, nullptr, &metadata, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    for (int t = 0; t < metadata->topic_cnt; ++t) {
      const std::string topic = metadata->topics[t].topic;
      if (topic.rfind("quittance.", 0) != 0) continue;
      for (int p = 0; p < metadata->topics[t].partition_cnt; ++p) {
        rd_kafka_topic_partition_list_add(list, topic.c_str(), metadata->topics[t].partitions[p].id)->offset = RD_KAFKA_OFFSET_BEGINNING;
      }
    }
    rd_kafka_metadata_destroy(metadata);
  }
  rd_kafka_assign(client, list);
  rd_kafka_topic_partition_list_destroy(list);

  std::set<std::string> ids;
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (stop_) break;
    }
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client, 100);
    if (message == nullptr) continue;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      SeenEvent event;
      event.topic = rd_kafka_topic_name(message->rkt);
      event.key.assign(static_cast<const char*>(message->key), message->key_len);
      event.data.assign(static_cast<const char*>(message->payload), message->len);
      rd_kafka_headers_t* headers = nullptr;
      if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
          event.headers[name].assign(static_cast<const char*>(value), size);
        }
      }
      std::lock_guard lock(mutex_);
      if (ids.insert(event.headers["ce_id"]).second) events_.push_back(std::move(event));
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(client);
  rd_kafka_destroy(client);
}

}  // namespace quittance::e2e

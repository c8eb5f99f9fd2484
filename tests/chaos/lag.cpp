// See lag.h. A client of each group that asks for committed offsets and never joins, so it causes no rebalance.
#include "tests/chaos/lag.h"

#include <librdkafka/rdkafka.h>

#include <stdexcept>

#include "common/events/topics.h"

namespace quittance::chaos {
namespace {

constexpr int kTimeoutMs = 2000;

}  // namespace

Lag::Lag(const std::string& brokers) {
  const std::string auth = "quittance.auth.v1", billing = "quittance.billing.v1", subscriptions = "quittance.subscriptions.v1";
  const std::vector<std::pair<const char*, std::vector<std::string>>> table = {{"quittance-billing", {auth, subscriptions}},
                                                                               {"quittance-subscriptions", {auth, billing}},
                                                                               {"quittance-notifications", {auth, billing, subscriptions}}};
  for (const auto& [group, topics] : table) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char text[512];
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), text, sizeof text);
    rd_kafka_conf_set(conf, "group.id", group, text, sizeof text);
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (client == nullptr) throw std::runtime_error(text);
    groups_.push_back({client, topics});
  }
}

Lag::~Lag() {
  for (const auto& group : groups_) rd_kafka_destroy(group.client);
}

long Lag::Count() {
  long behind = 0;
  for (const auto& group : groups_) {
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(events::kPartitionsDefault);
    for (const auto& topic : group.topics) {
      for (int p = 0; p < events::kPartitionsDefault; ++p) rd_kafka_topic_partition_list_add(list, topic.c_str(), p);
    }
    bool known = rd_kafka_committed(group.client, list, kTimeoutMs) == RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; known && i < list->cnt; ++i) {
      std::int64_t low = 0, high = 0;
      known = rd_kafka_query_watermark_offsets(group.client, list->elems[i].topic, list->elems[i].partition, &low, &high, kTimeoutMs) ==
              RD_KAFKA_RESP_ERR_NO_ERROR;
      behind += high - std::max<std::int64_t>(list->elems[i].offset, 0);
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (!known) return -1;
  }
  return behind;
}

}  // namespace quittance::chaos

// librdkafka's handles, owned. Used inside this folder only. Invariant: no thread of ours waits for librdkafka without a bound:
// version 2.0.2 can hang in close and destroy, so those run beside and are left behind when they take too long.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace quittance::events::kafka {

using Settings = std::vector<std::pair<std::string, std::string>>;

// How every producer and consumer of ours is set up; what each entry is for stands beside it in kafka.cpp.
Settings ProducerSettings(const std::string& brokers);
Settings ConsumerSettings(const std::string& brokers, const std::string& group,
                          std::chrono::milliseconds poll_interval_max = std::chrono::minutes(5));

// A client with our settings, its log lines in our log. `prepare` sets callbacks. Throws Fault with librdkafka's reason.
rd_kafka_t* NewClient(rd_kafka_type_t type, const Settings& settings, const std::function<void(rd_kafka_conf_t*)>& prepare = nullptr);

// Closes (consumers) and destroys, at most for `limit`. `state` is what the client's callbacks use; it lives until the client is gone.
void DestroyBounded(rd_kafka_t* client, std::chrono::milliseconds limit, std::shared_ptr<void> state);

struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

inline PartitionList NewList(int capacity) { return PartitionList(rd_kafka_topic_partition_list_new(capacity)); }

}  // namespace quittance::events::kafka

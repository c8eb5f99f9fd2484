// The embedded broker of the local stack: librdkafka's mock cluster, real TCP for other processes, no Java. It makes every topic of
// common/events/topics.h, prints its address and runs until SIGTERM. Its log is memory only: 5 MiB a partition, the oldest is dropped,
// acknowledged or not. Invariant: it never goes on after a consumer group has lost events to that; then it exits 1 and says so.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/topics.h"

namespace {

using quittance::events::kPartitionsDefault;
using quittance::events::kTopics;

constexpr std::array<const char*, 4> kGroups = {"quittance-auth", "quittance-billing", "quittance-subscriptions",
                                                "quittance-notifications"};
constexpr int kPollSeconds = 1;
constexpr int kTimeoutMs = 2000;

struct HandleDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
};
struct ClusterDeleter {
  void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
};
struct ListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
using Handle = std::unique_ptr<rd_kafka_t, HandleDeleter>;
using Cluster = std::unique_ptr<rd_kafka_mock_cluster_t, ClusterDeleter>;
using List = std::unique_ptr<rd_kafka_topic_partition_list_t, ListDeleter>;

Handle NewClient(rd_kafka_type_t type, const std::vector<std::pair<const char*, std::string>>& settings) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof(error)) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      throw std::runtime_error(error);
    }
  }
  rd_kafka_t* handle = rd_kafka_new(type, conf, error, sizeof(error));
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    throw std::runtime_error(error);
  }
  return Handle(handle);
}

Cluster StartCluster(rd_kafka_t* owner) {
  Cluster cluster(rd_kafka_mock_cluster_new(owner, 1));
  if (!cluster) throw std::runtime_error("the mock cluster did not start");
  for (const std::string_view topic : kTopics) {
    const auto error = rd_kafka_mock_topic_create(cluster.get(), std::string(topic).c_str(), kPartitionsDefault, 1);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error("topic " + std::string(topic) + ": " + rd_kafka_err2str(error));
  }
  return cluster;
}

// Readers of the file see all of it or none.
void WriteAddress(const std::filesystem::path& file, const std::string& address) {
  const std::filesystem::path fresh = file.string() + ".new";
  std::ofstream out(fresh, std::ios::trunc);
  out << address << "\n";
  out.close();
  if (!out) throw std::runtime_error("cannot write " + fresh.string());
  std::filesystem::rename(fresh, file);
}

// One consumer per group that asks for committed offsets and never joins, so it causes no rebalance.
class LossWatch {
 public:
  explicit LossWatch(const std::string& address) {
    for (const char* group : kGroups) {
      clients_.push_back(NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", address}, {"group.id", group}, {"log_level", "3"}}));
    }
  }

  // What was lost, in words; nullopt when every group can still read all it has not committed.
  std::optional<std::string> Find() {
    for (const std::string_view topic : kTopics) {
      const auto lows = LowWatermarks(std::string(topic));
      if (!lows) continue;
      for (std::size_t i = 0; i < clients_.size(); ++i) {
        if (auto loss = FindIn(std::string(topic), *lows, clients_[i].get(), kGroups[i])) return loss;
      }
    }
    return std::nullopt;
  }

 private:
  // The first offset each partition still holds; nullopt while the broker is too busy to say.
  std::optional<std::vector<std::int64_t>> LowWatermarks(const std::string& topic) {
    std::vector<std::int64_t> lows;
    for (int partition = 0; partition < kPartitionsDefault; ++partition) {
      std::int64_t low = 0;
      std::int64_t high = 0;
      const auto error = rd_kafka_query_watermark_offsets(clients_.front().get(), topic.c_str(), partition, &low, &high, kTimeoutMs);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
      lows.push_back(low);
    }
    return lows;
  }

  // A group that has committed any offset of a topic reads that topic: partitions it has not committed yet count as offset 0.
  std::optional<std::string> FindIn(const std::string& topic, const std::vector<std::int64_t>& lows, rd_kafka_t* client,
                                    const char* group) {
    List list(rd_kafka_topic_partition_list_new(kPartitionsDefault));
    for (int partition = 0; partition < kPartitionsDefault; ++partition)
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    if (rd_kafka_committed(client, list.get(), kTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    bool reads = false;
    for (int i = 0; i < list->cnt; ++i) reads = reads || list->elems[i].offset >= 0;
    if (!reads) return std::nullopt;
    for (int i = 0; i < list->cnt; ++i) {
      const std::int64_t committed = list->elems[i].offset >= 0 ? list->elems[i].offset : 0;
      const std::int64_t low = lows[static_cast<std::size_t>(list->elems[i].partition)];
      if (committed >= low) continue;
      return "group " + std::string(group) + " has lost events of " + topic + "[" + std::to_string(list->elems[i].partition) +
             "]: committed offset " + std::to_string(committed) + ", oldest offset still held " + std::to_string(low);
    }
    return std::nullopt;
  }

  std::vector<Handle> clients_;
};

int Serve(const std::string& address_file) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // before the first thread of librdkafka

  const Handle owner = NewClient(RD_KAFKA_PRODUCER, {{"log_level", "3"}});
  const Cluster cluster = StartCluster(owner.get());
  const std::string address = rd_kafka_mock_cluster_bootstraps(cluster.get());
  if (!address_file.empty()) WriteAddress(address_file, address);
  std::printf("%s\n", address.c_str());
  std::fflush(stdout);

  LossWatch watch(address);
  for (;;) {
    const timespec pause{kPollSeconds, 0};
    if (sigtimedwait(&stop, nullptr, &pause) > 0) return 0;
    if (const auto loss = watch.Find()) {
      std::fprintf(stderr,
                   "dev-broker: %s\n"
                   "dev-broker: it keeps 5 MiB a partition in memory. Stopping, because going on would skip these events silently.\n"
                   "dev-broker: start the stack afresh, or run backlogs of this size on Apache Kafka.\n",
                   loss->c_str());
      return 1;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string address_file;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--address-file" && i + 1 < argc) {
      address_file = argv[++i];
    } else {
      std::fprintf(stderr, "usage: quittance-dev-broker [--address-file PATH]\n");
      return 64;
    }
  }
  try {
    return Serve(address_file);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dev-broker: %s\n", error.what());
    return 1;
  }
}

// A broker in this process: librdkafka's mock cluster over real TCP, with its fault injection; and a tap that reads what is in a topic.
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/events/cloud_event.h"
#include "common/events/topics.h"

namespace quittance::events::test {

class MockBroker {
 public:
  MockBroker();  // with all topics of Quittance
  ~MockBroker();
  MockBroker(const MockBroker&) = delete;

  std::string address() const;
  void Down();
  void Up();
  void Answer(std::chrono::milliseconds after);  // requests are done at once, their answers come later
  // The next produce requests are answered with these errors.
  void FailProduce(const std::vector<rd_kafka_resp_err_t>& errors);

 private:
  rd_kafka_t* owner_;
  rd_kafka_mock_cluster_t* cluster_;
};

// What the topic holds, in order within each partition: reads until `count` messages are there (or `limit` is over) and nothing follows.
std::vector<Message> ReadTopic(const std::string& brokers, const std::string& topic, std::size_t count,
                               std::chrono::milliseconds limit = std::chrono::milliseconds(10'000), int partitions = kPartitionsDefault);

// Messages behind the group's committed offsets; -1 when it has committed none.
std::int64_t Uncommitted(const std::string& brokers, const std::string& group, const std::string& topic);

}  // namespace quittance::events::test

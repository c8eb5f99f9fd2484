// Reads the events of all topics from the beginning, as any other Kafka client would, and decodes them by their ce_type.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace quittance::e2e {

struct SeenEvent {
  std::string topic;
  std::string key;
  std::map<std::string, std::string> headers;
  std::string data;

  std::string type() const;     // PaymentSucceeded
  std::string decoded() const;  // the protobuf message as JSON
};

class EventTail {
 public:
  explicit EventTail(const std::string& brokers);
  ~EventTail();
  std::vector<SeenEvent> All() const;
  // All since the last call; they are forgotten here.
  std::vector<SeenEvent> Take();
  int Count(const std::string& type, const std::string& key) const;

 private:
  void Run(const std::string& brokers);
  mutable std::mutex mutex_;
  std::vector<SeenEvent> events_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace quittance::e2e

// How far the consumers are: whether each group has committed all that its topics hold.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct rd_kafka_s;

namespace quittance::chaos {

class Lag {
 public:
  explicit Lag(const std::string& brokers);
  ~Lag();
  // Events that are not committed, over all groups; -1 while the broker does not say.
  long Count();

 private:
  struct Group {
    rd_kafka_s* client;
    std::vector<std::string> topics;
  };
  std::vector<Group> groups_;
};

}  // namespace quittance::chaos

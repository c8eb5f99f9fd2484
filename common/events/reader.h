// The Kafka side of a consumer: a member of the group that hands out batches and commits them when told. Used by one thread.
// Invariant: no offset is committed before Commit says so; messages of partitions that were taken away are forgotten, their new owner gets
// them.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/events/cloud_event.h"

namespace quittance::events {

struct ReaderOptions {
  std::string brokers;
  std::string group;
  std::vector<std::string> topics;
  std::function<void(bool)> on_assigned;  // told when partitions come and go
  std::chrono::milliseconds poll_interval_max{300'000};
};

class Reader {
 public:
  explicit Reader(ReaderOptions options);  // throws Fault
  ~Reader();                               // leaves the group, at most 5 s

  // Up to `max` messages, in order within each partition: waits for the first, then takes what comes within a few milliseconds.
  std::vector<Message> Take(int max, std::chrono::milliseconds wait);

  // Holds the partitions still for `pause` while staying in the group. False: the messages in hand are no longer ours, or `stop` said so.
  bool Hold(std::chrono::milliseconds pause, const std::function<bool()>& stop);

  // These have been applied: the broker is told within 200 ms, or when their partitions go.
  void Commit(const std::vector<Message>& messages);

  // Changes whenever partitions come or go.
  std::uint64_t assignment() const;
  // Messages of each topic that wait behind what was committed, as far as the broker has told.
  std::map<std::string, std::int64_t> Lag() const;

 private:
  struct State;
  void Poll(std::chrono::milliseconds wait);
  void Resume();

  std::shared_ptr<State> state_;
};

}  // namespace quittance::events

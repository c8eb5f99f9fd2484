// The idempotent producer of the relay: hands messages over in order and tells which ones the broker has acknowledged.
// Invariant: acknowledged only by a delivery report; after a failure nothing more is sent until Reset, which throws the client away whole,
// and what it still held with it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/events/event.h"

namespace quittance::events {

struct ProducerOptions {
  std::string brokers;
  std::string topic;
  std::string source;  // ce_source
};

enum class Delivery { kNotSent, kWaiting, kAcked, kFailed };

struct Published {
  std::vector<Delivery> deliveries;  // one for each event
  std::string error;                 // of the first that failed
};

class Producer {
 public:
  explicit Producer(ProducerOptions options);
  ~Producer();

  // Hands the event over; its report will carry `tag`. False: the client holds as much as it may (poll, then again), or has failed.
  bool Send(const Event& event, std::uint64_t tag);

  struct Report {
    std::uint64_t tag;
    bool acked;
  };
  // Serves the client until a report comes, at most for `wait`; all reports that are there, in the order of each partition.
  std::vector<Report> Poll(std::chrono::milliseconds wait);

  // Of the first message that failed or of the client itself; empty while all is well.
  std::string Error() const;
  // The next message goes through a new client. What the old one held may be persisted or not: it must be sent again.
  void Reset();

  // Sends the events and waits for their reports while `go_on` says so (asked often). Without an answer from the broker it waits.
  Published Publish(std::span<const Event> events, const std::function<bool()>& go_on);

 private:
  struct State;
  void Open();

  const ProducerOptions options_;
  std::shared_ptr<State> state_;
};

}  // namespace quittance::events

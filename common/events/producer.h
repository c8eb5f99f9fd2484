// The idempotent producer of the relay: hands one batch over in order and tells which messages the broker has acknowledged.
// Invariant: the outcome is Acked only by a delivery report; a producer that failed is thrown away whole, and what it still held with it.
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

  // Sends the events in order and waits for their reports while `go_on` says so (asked often). Without an answer from the broker it waits.
  // After a failure or an end in the middle the next call begins with a new producer.
  Published Publish(std::span<const Event> events, const std::function<bool()>& go_on);

 private:
  struct State;
  void Open();
  void Close();
  bool Send(const Event& event, std::size_t index, const std::function<bool()>& go_on);

  const ProducerOptions options_;
  std::shared_ptr<State> state_;
};

}  // namespace quittance::events

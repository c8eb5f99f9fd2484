// An event as a Kafka message: CloudEvents 1.0, binary mode (value = the protobuf message, attributes = headers `ce_*`).
// Invariant: what ToHeaders wrote, FromMessage reads back; anything else is refused with its reason, never guessed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/events/event.h"

namespace quittance::events {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A message as it came, kept whole for the dead letters.
struct Message {
  std::string topic;
  int partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  Headers headers;
  std::string data;
};

Headers ToHeaders(const Event& event, std::string_view source);

// The event, or what is wrong with the envelope.
std::variant<Event, std::string> FromMessage(const Message& message);

// The topic of a type is its package: quittance.billing.v1 of quittance.billing.v1.PaymentSucceeded.
std::string TopicOf(std::string_view type);

}  // namespace quittance::events

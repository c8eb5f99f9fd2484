// An event: a CloudEvent with a protobuf message as data. Invariant: `sequence` is the aggregate's version; a consumer ignores one not
// above what it has.
#pragma once

#include <cstdint>
#include <string>

#include "common/core/id.h"
#include "common/core/time.h"

namespace quittance::events {

struct Event {
  Uuid id{};                // ce_id
  TenantId tenant{};        // ce_tenant
  std::string type;         // ce_type: quittance.billing.v1.PaymentSucceeded
  std::string key;          // Kafka key and ce_subject: the aggregate's id
  std::int64_t sequence{};  // ce_sequence
  TimePoint time{};         // ce_time, business time
  std::string traceparent;  // traceparent
  std::string data;         // the serialized message
};

}  // namespace quittance::events

// A webhook that was believed, as people look at it: what it was and what became of it, without its bytes.
#pragma once

#include <optional>
#include <string>

#include "common/core/time.h"
#include "services/billing/domain/ids.h"

namespace quittance::billing {

enum class DeliveryState { kApplied = 1, kIgnored = 2, kParked = 3, kQuarantined = 4 };

// "applied": how it stands in the database and in metrics.
std::string_view Name(DeliveryState state);

struct Delivery {
  DeliveryId id;
  std::string connection;
  std::string event_id;
  std::string event_type;
  std::string body_hash;  // 32 bytes
  DeliveryState state = DeliveryState::kParked;
  std::string reason;
  std::optional<PaymentId> payment;
  int tries = 0;
  std::optional<TimePoint> retry_time;  // of a parked one; none: a person must look
  TimePoint receive_time{};
  TimePoint update_time{};
};

}  // namespace quittance::billing

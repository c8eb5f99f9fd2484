// Names of what became of webhooks.
#include "services/billing/domain/delivery.h"

#include "common/core/check.h"

namespace quittance::billing {

std::string_view Name(DeliveryState state) {
  switch (state) {
    case DeliveryState::kApplied:
      return "applied";
    case DeliveryState::kIgnored:
      return "ignored";
    case DeliveryState::kParked:
      return "parked";
    case DeliveryState::kQuarantined:
      return "quarantined";
  }
  CHECK(false);
}

}  // namespace quittance::billing

// The ids of billing. Shown with their prefix, never taken for one another.
#pragma once

#include "common/core/id.h"

namespace quittance::billing {

struct PaymentTag {
  static constexpr std::string_view kPrefix = "pay";
};
struct AttemptTag {
  static constexpr std::string_view kPrefix = "att";
};
struct RefundTag {
  static constexpr std::string_view kPrefix = "ref";
};
struct DisputeTag {
  static constexpr std::string_view kPrefix = "dis";
};
struct DeliveryTag {
  static constexpr std::string_view kPrefix = "whd";
};
using PaymentId = Id<PaymentTag>;
using AttemptId = Id<AttemptTag>;
using RefundId = Id<RefundTag>;
using DisputeId = Id<DisputeTag>;
using DeliveryId = Id<DeliveryTag>;

}  // namespace quittance::billing

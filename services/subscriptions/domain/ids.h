// Ids of this service's things, and of billing's payments, which periods are made of.
#pragma once

#include "common/core/id.h"

namespace quittance::subscriptions {

struct PlanTag {
  static constexpr std::string_view kPrefix = "plan";
};
struct SubscriptionTag {
  static constexpr std::string_view kPrefix = "sub";
};
struct MembershipTag {
  static constexpr std::string_view kPrefix = "mem";
};
struct PaymentTag {
  static constexpr std::string_view kPrefix = "pay";
};
using PlanId = Id<PlanTag>;
using SubscriptionId = Id<SubscriptionTag>;
using MembershipId = Id<MembershipTag>;
using PaymentId = Id<PaymentTag>;

}  // namespace quittance::subscriptions

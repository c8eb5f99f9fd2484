// What a billing event says of a payment, and what that does to the periods. Invariant: the state decides, not the event's name; applying
// the same state twice changes nothing.
#pragma once

#include <string_view>
#include <vector>

#include "services/subscriptions/domain/period.h"
#include "services/subscriptions/domain/plan.h"

namespace quittance::subscriptions {

enum class PaymentStatus { kPending, kSucceeded, kFailed, kRefunded };

// What a payment's state means for access.
enum class Standing {
  kGood,      // paid: gives its period (a partial refund keeps it)
  kDisputed,  // paid, but time stands still until the dispute is over
  kGone,      // the money went back, failed after all, or does not fit
  kOpen,      // not paid yet, or not known: says nothing
};
Standing StandingOf(PaymentStatus status, std::string_view detail);

struct PaymentNews {
  TenantId tenant;
  PaymentId payment;
  UserId user;
  std::string plan_code;
  Standing standing;
  std::optional<TimePoint> succeed_time;
  TimePoint change_time;  // when the payment got into this state
  std::int64_t version;
};

enum class PeriodChange { kNone, kGranted, kRestored, kHeld, kRevoked };

// The period that a paid payment gives.
Period NewPeriod(const PaymentNews& news, const Plan& plan);

// Applies the standing to the payment's own period at `at`. kGranted is answered by the caller, who made the period.
PeriodChange ApplyStanding(Period& period, Standing standing, TimePoint at);

}  // namespace quittance::subscriptions

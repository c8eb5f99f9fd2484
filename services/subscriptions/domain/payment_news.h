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
  kGood,      // paid: gives its period; what a partial refund takes of it, TakeReturn says
  kDisputed,  // paid, but time stands still until the dispute is over
  kGone,      // the money went back, failed after all, or does not fit
  kOpen,      // not paid yet, or not known: says nothing
};
Standing StandingOf(PaymentStatus status, std::string_view detail);

// What the tenant wants (settings policy.*).
struct Policy {
  bool partial_refund_shortens = false;
  bool dispute_suspends = true;
};
// The standing under the policy: a dispute that does not suspend leaves the payment good until it is lost.
Standing Under(const Policy& policy, Standing standing);

struct PaymentNews {
  TenantId tenant;
  PaymentId payment;
  UserId user;
  std::string plan_code;
  Standing standing;
  std::optional<TimePoint> succeed_time;
  TimePoint change_time;  // when the payment got into this state
  std::int64_t version;
  std::int64_t amount_minor = 0;    // what the period costs
  std::int64_t returned_minor = 0;  // of it: refunded, or lost to a dispute
};

enum class PeriodChange { kNone, kGranted, kRestored, kHeld, kRevoked, kShortened, kLengthened };

// The period that a paid payment gives.
Period NewPeriod(const PaymentNews& news, const Plan& plan);

// Applies the standing to the payment's own period at `at`. kGranted is answered by the caller, who made the period.
PeriodChange ApplyStanding(Period& period, Standing standing, TimePoint at);

// Takes the share of the time that money which went back in part had paid for, rounded down to the second; 0 where the policy keeps.
// Each amount is judged once, by the policy that stands when it becomes known; the same amount again changes nothing.
PeriodChange TakeReturn(Period& period, const PaymentNews& news, const Policy& policy, TimePoint at);

}  // namespace quittance::subscriptions

// The name of a change. Invariant: the same two states give the same name; consumers act on the state, the name is for people and filters.
#include "services/billing/domain/change.h"

#include <algorithm>

namespace quittance::billing {
namespace {

bool SameAttempt(const Attempt& a, const Attempt& b) {
  return a.id == b.id && a.status == b.status && a.unknown == b.unknown && a.psp_reference == b.psp_reference &&
         a.decline_code == b.decline_code && a.next_action.redirect_url == b.next_action.redirect_url;
}

bool SameState(const Payment& a, const Payment& b) {
  return a.status == b.status && a.detail == b.detail && a.amounts == b.amounts && a.fraud_warning == b.fraud_warning &&
         std::equal(a.attempts.begin(), a.attempts.end(), b.attempts.begin(), b.attempts.end(), SameAttempt);
}

}  // namespace

std::optional<PaymentEvent> EventOf(const Payment& before, const Payment& after) {
  if (SameState(before, after)) return std::nullopt;
  if (before.status != after.status) {
    switch (after.status) {
      case Status::kSucceeded:
        return before.status == Status::kRefunded ? PaymentEvent::kReinstated : PaymentEvent::kSucceeded;
      case Status::kFailed:
        return PaymentEvent::kFailed;
      case Status::kRefunded:
        return PaymentEvent::kRefunded;
      case Status::kPending:
        return PaymentEvent::kUpdated;
    }
  }
  if (before.detail != after.detail) {
    if (after.detail == Detail::kConflicted) return PaymentEvent::kConflicted;
    if (after.detail == Detail::kRequiresAction) return PaymentEvent::kRequiresAction;
    if (after.detail == Detail::kDisputed) return PaymentEvent::kDisputed;
    if (before.detail == Detail::kDisputed) return PaymentEvent::kDisputeClosed;
    if (after.detail == Detail::kPartiallyRefunded) return PaymentEvent::kPartiallyRefunded;
    if (before.detail == Detail::kPartiallyRefunded) return PaymentEvent::kReinstated;
  }
  if (after.status == Status::kSucceeded && after.amounts.refunded > before.amounts.refunded) return PaymentEvent::kPartiallyRefunded;
  if (after.status == Status::kSucceeded && after.amounts.refunded < before.amounts.refunded) return PaymentEvent::kReinstated;
  return PaymentEvent::kUpdated;
}

}  // namespace quittance::billing

// From what a payment was to what it is: which event tells of it.
#pragma once

#include "services/billing/domain/payment.h"

namespace quittance::billing {

enum class PaymentEvent {
  kCreated,
  kUpdated,
  kRequiresAction,
  kSucceeded,
  kFailed,
  kPartiallyRefunded,
  kRefunded,
  kReinstated,
  kDisputed,
  kDisputeClosed,
  kConflicted,
};

enum class InvoiceEvent { kCreated, kPaid, kVoided, kReopened };

enum class RefundEvent { kOpened, kSucceeded, kFailed };

// nullopt: nothing that is shown has changed.
std::optional<PaymentEvent> EventOf(const Payment& before, const Payment& after);

}  // namespace quittance::billing

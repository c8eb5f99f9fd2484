// CancelPaymentIntent: ends an unpaid intent, at the PSP first.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct CancelPaymentIntentCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentId payment;
};

Task<Result<db::Reply>> CancelPaymentIntent(Deps& deps, CancelPaymentIntentCommand command);

}  // namespace quittance::billing

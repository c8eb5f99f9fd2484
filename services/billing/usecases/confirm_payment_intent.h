// ConfirmPaymentIntent: a new attempt, with another PSP if wished, while the intent is unpaid.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct ConfirmPaymentIntentCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentId payment;
  std::string connection;                      // empty: the same
  std::string return_url;                      // empty: the same
  std::optional<PaymentMethodId> method = {};  // a stored one of the payer
};

Task<Result<db::Reply>> ConfirmPaymentIntent(Deps& deps, ConfirmPaymentIntentCommand command);

}  // namespace quittance::billing

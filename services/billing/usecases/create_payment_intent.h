// CreatePaymentIntent: opens a payment for one purchase and calls the PSP between two transactions.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct CreatePaymentIntentCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  UserId user;
  Purpose purpose;
  std::optional<Money> amount;
  std::string connection;
  std::string return_url;
  Metadata metadata;
  std::optional<PaymentMethodId> method = {};  // a stored one of this user
  std::string country = {};                    // of the payer, for routing
};

Task<Result<db::Reply>> CreatePaymentIntent(Deps& deps, CreatePaymentIntentCommand command);

}  // namespace quittance::billing

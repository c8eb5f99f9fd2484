// RefundPayment: gives money back, whole or in part.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct RefundPaymentCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentId payment;
  std::optional<Money> amount;  // nullopt: everything that is left
  std::string reason;
};

Task<Result<db::Reply>> RefundPayment(Deps& deps, RefundPaymentCommand command);

}  // namespace quittance::billing

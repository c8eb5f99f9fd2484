// SettleConflict: what becomes of money that is not what was asked for. One person gives it back; two take it for the payment.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

enum class Settlement { kRefund = 1, kAccept = 2 };

struct SettleConflictCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentId payment;
  Settlement settlement;
  std::string reason;
};

Task<Result<db::Reply>> SettleConflict(Deps& deps, SettleConflictCommand command);

}  // namespace quittance::billing

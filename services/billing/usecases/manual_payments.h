// What people say of money that no PSP tells of: ConfirmManualPayment, RejectManualPayment, ConfirmManualRefund, ListReceivingAddresses.
// Invariant: money is believed and given back on the word of two persons.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct ConfirmManualPaymentCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentId payment;
  Money amount;  // what arrived
};
Task<Result<db::Reply>> ConfirmManualPayment(Deps& deps, ConfirmManualPaymentCommand command);

struct RejectManualPaymentCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentId payment;
  std::string reason;
};
Task<Result<db::Reply>> RejectManualPayment(Deps& deps, RejectManualPaymentCommand command);

struct ConfirmManualRefundCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  RefundId refund;
  std::string reference;  // of the transfer; may be empty
  bool failed = false;    // it will not happen
};
Task<Result<db::Reply>> ConfirmManualRefund(Deps& deps, ConfirmManualRefundCommand command);

struct ReceivingAddress {
  std::string kind;  // bank, crypto
  std::vector<std::string> lines;
};
Task<std::vector<ReceivingAddress>> ListReceivingAddresses(Deps& deps, TenantId tenant);

}  // namespace quittance::billing

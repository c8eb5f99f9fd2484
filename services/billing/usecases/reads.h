// GetPaymentIntent, ListPaymentIntents, GetRefund, ListUnsettledPayers: reads, each in one transaction under the caller's scope.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/store/payments.h"

namespace quittance::billing {

Task<Result<Payment>> GetPaymentIntent(Deps& deps, Caller caller, PaymentId payment);

struct ListPaymentIntentsQuery {
  Caller caller;
  std::optional<UserId> user;
  std::optional<Status> status;
  PageRequest page;
};
struct PaymentPage {
  std::vector<Payment> payments;
  std::string next_page_token;
};
Task<Result<PaymentPage>> ListPaymentIntents(Deps& deps, ListPaymentIntentsQuery query);

Task<Result<Refund>> GetRefund(Deps& deps, Caller caller, RefundId refund);

struct ListUnsettledPayersQuery {
  TenantId tenant;
  std::vector<UserId> users;
  std::vector<std::string> plans;
  TimePoint succeeded_since;
};
Task<Result<store::Payers>> ListUnsettledPayers(Deps& deps, ListUnsettledPayersQuery query);

}  // namespace quittance::billing

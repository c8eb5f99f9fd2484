// GetPaymentIntent, ListPaymentIntents, GetRefund, GetDispute, GetPaymentTimeline and what lists them: reads, each in one transaction under
// the caller's scope.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/store/payments.h"
#include "services/billing/store/timeline.h"

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

struct ListRefundsQuery {
  Caller caller;
  std::optional<PaymentId> payment;
  std::optional<UserId> user;
  std::optional<RefundStatus> status;
  PageRequest page;
};
struct RefundPage {
  std::vector<Refund> refunds;
  std::string next_page_token;
};
Task<Result<RefundPage>> ListRefunds(Deps& deps, ListRefundsQuery query);

Task<Result<Dispute>> GetDispute(Deps& deps, Caller caller, DisputeId dispute);

struct ListDisputesQuery {
  Caller caller;
  std::optional<PaymentId> payment;
  std::optional<UserId> user;
  std::optional<DisputeStatus> status;
  PageRequest page;
};
struct DisputePage {
  std::vector<Dispute> disputes;
  std::string next_page_token;
};
Task<Result<DisputePage>> ListDisputes(Deps& deps, ListDisputesQuery query);

Task<Result<Timeline>> GetPaymentTimeline(Deps& deps, Caller caller, PaymentId payment);

struct ListUnsettledPayersQuery {
  TenantId tenant;
  std::vector<UserId> users;
  std::vector<std::string> plans;
  TimePoint succeeded_since;
};
Task<Result<store::Payers>> ListUnsettledPayers(Deps& deps, ListUnsettledPayersQuery query);

}  // namespace quittance::billing

// BillingService over gRPC: each method converts, calls its use case, converts back.
#pragma once

#include "common/rpc/handle.h"
#include "common/rpc/stream.h"
#include "quittance/billing/v1/billing.grpc.pb.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

class BillingService final : public v1::BillingService::CallbackService {
 public:
  BillingService(Deps& deps, rpc::Edge& edge) : deps_(deps), edge_(edge) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  Reactor* CreatePaymentIntent(Context* context, const v1::CreatePaymentIntentRequest* request, v1::PaymentIntent* response) override;
  Reactor* GetPaymentIntent(Context* context, const v1::GetPaymentIntentRequest* request, v1::PaymentIntent* response) override;
  Reactor* ListPaymentIntents(Context* context, const v1::ListPaymentIntentsRequest* request,
                              v1::ListPaymentIntentsResponse* response) override;
  Reactor* ConfirmPaymentIntent(Context* context, const v1::ConfirmPaymentIntentRequest* request, v1::PaymentIntent* response) override;
  Reactor* CancelPaymentIntent(Context* context, const v1::CancelPaymentIntentRequest* request, v1::PaymentIntent* response) override;
  Reactor* RefundPayment(Context* context, const v1::RefundPaymentRequest* request, v1::Refund* response) override;
  Reactor* GetRefund(Context* context, const v1::GetRefundRequest* request, v1::Refund* response) override;
  Reactor* ListRefunds(Context* context, const v1::ListRefundsRequest* request, v1::ListRefundsResponse* response) override;
  Reactor* GetDispute(Context* context, const v1::GetDisputeRequest* request, v1::Dispute* response) override;
  Reactor* ListDisputes(Context* context, const v1::ListDisputesRequest* request, v1::ListDisputesResponse* response) override;
  Reactor* SettleConflict(Context* context, const v1::SettleConflictRequest* request, v1::PaymentIntent* response) override;
  grpc::ServerWriteReactor<v1::PaymentIntent>* WatchPaymentIntent(Context* context, const v1::WatchPaymentIntentRequest* request) override;
  Reactor* GetPaymentTimeline(Context* context, const v1::GetPaymentTimelineRequest* request, v1::PaymentTimeline* response) override;
  grpc::ServerWriteReactor<v1::ExportPaymentsResponse>* ExportPayments(Context* context, const v1::ExportPaymentsRequest* request) override;
  Reactor* ListUnsettledPayers(Context* context, const v1::ListUnsettledPayersRequest* request,
                               v1::ListUnsettledPayersResponse* response) override;

 private:
  Deps& deps_;
  rpc::Edge& edge_;
};

}  // namespace quittance::billing::api

// ManualPaymentService over gRPC.
#pragma once

#include "common/rpc/handle.h"
#include "quittance/billing/v1/manual_payments.grpc.pb.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

class ManualPaymentService final : public v1::ManualPaymentService::CallbackService {
 public:
  ManualPaymentService(Deps& deps, rpc::Edge& edge) : deps_(deps), edge_(edge) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  Reactor* ListReceivingAddresses(Context* context, const v1::ListReceivingAddressesRequest* request,
                                  v1::ListReceivingAddressesResponse* response) override;
  Reactor* ConfirmManualPayment(Context* context, const v1::ConfirmManualPaymentRequest* request, v1::PaymentIntent* response) override;
  Reactor* RejectManualPayment(Context* context, const v1::RejectManualPaymentRequest* request, v1::PaymentIntent* response) override;
  Reactor* ConfirmManualRefund(Context* context, const v1::ConfirmManualRefundRequest* request, v1::Refund* response) override;

 private:
  Deps& deps_;
  rpc::Edge& edge_;
};

}  // namespace quittance::billing::api

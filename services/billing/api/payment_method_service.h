// PaymentMethodService over gRPC.
#pragma once

#include "common/rpc/handle.h"
#include "quittance/billing/v1/payment_methods.grpc.pb.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

class PaymentMethodService final : public v1::PaymentMethodService::CallbackService {
 public:
  PaymentMethodService(Deps& deps, rpc::Edge& edge) : deps_(deps), edge_(edge) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  Reactor* AddPaymentMethod(Context* context, const v1::AddPaymentMethodRequest* request, v1::PaymentMethod* response) override;
  Reactor* GetPaymentMethod(Context* context, const v1::GetPaymentMethodRequest* request, v1::PaymentMethod* response) override;
  Reactor* ListPaymentMethods(Context* context, const v1::ListPaymentMethodsRequest* request,
                              v1::ListPaymentMethodsResponse* response) override;
  Reactor* SetDefaultPaymentMethod(Context* context, const v1::SetDefaultPaymentMethodRequest* request,
                                   v1::PaymentMethod* response) override;
  Reactor* DeletePaymentMethod(Context* context, const v1::DeletePaymentMethodRequest* request, v1::PaymentMethod* response) override;

 private:
  Deps& deps_;
  rpc::Edge& edge_;
};

}  // namespace quittance::billing::api

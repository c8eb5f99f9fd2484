// InvoiceService over gRPC.
#pragma once

#include "common/rpc/handle.h"
#include "quittance/billing/v1/invoices.grpc.pb.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

class InvoiceService final : public v1::InvoiceService::CallbackService {
 public:
  InvoiceService(Deps& deps, rpc::Edge& edge) : deps_(deps), edge_(edge) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  Reactor* CreateInvoice(Context* context, const v1::CreateInvoiceRequest* request, v1::Invoice* response) override;
  Reactor* GetInvoice(Context* context, const v1::GetInvoiceRequest* request, v1::Invoice* response) override;
  Reactor* ListInvoices(Context* context, const v1::ListInvoicesRequest* request, v1::ListInvoicesResponse* response) override;
  Reactor* PayInvoice(Context* context, const v1::PayInvoiceRequest* request, v1::PaymentIntent* response) override;
  Reactor* VoidInvoice(Context* context, const v1::VoidInvoiceRequest* request, v1::Invoice* response) override;

 private:
  Deps& deps_;
  rpc::Edge& edge_;
};

}  // namespace quittance::billing::api

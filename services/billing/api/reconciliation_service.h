// ReconciliationService over gRPC.
#pragma once

#include "common/rpc/handle.h"
#include "quittance/billing/v1/reconciliation.grpc.pb.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

class ReconciliationService final : public v1::ReconciliationService::CallbackService {
 public:
  ReconciliationService(Deps& deps, rpc::Edge& edge) : deps_(deps), edge_(edge) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  Reactor* RunReconciliation(Context* context, const v1::RunReconciliationRequest* request, v1::ReconciliationRun* response) override;
  Reactor* ListDiscrepancies(Context* context, const v1::ListDiscrepanciesRequest* request,
                             v1::ListDiscrepanciesResponse* response) override;
  Reactor* ResolveDiscrepancy(Context* context, const v1::ResolveDiscrepancyRequest* request, v1::Discrepancy* response) override;

 private:
  Deps& deps_;
  rpc::Edge& edge_;
};

}  // namespace quittance::billing::api

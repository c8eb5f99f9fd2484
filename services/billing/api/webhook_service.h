// WebhookService over gRPC: the ingress hands raw bytes in and gets the HTTP answer back; operators look at what came in.
#pragma once

#include "common/rpc/handle.h"
#include "quittance/billing/v1/billing.grpc.pb.h"
#include "services/billing/deps.h"

namespace quittance::billing::api {

class WebhookService final : public v1::WebhookService::CallbackService {
 public:
  WebhookService(Deps& deps, rpc::Edge& edge) : deps_(deps), edge_(edge) {}

  grpc::ServerUnaryReactor* IngestWebhook(grpc::CallbackServerContext* context, const v1::IngestWebhookRequest* request,
                                          v1::IngestWebhookResponse* response) override;

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;
  Reactor* ListWebhookDeliveries(Context* context, const v1::ListWebhookDeliveriesRequest* request,
                                 v1::ListWebhookDeliveriesResponse* response) override;
  Reactor* GetWebhookDelivery(Context* context, const v1::GetWebhookDeliveryRequest* request, v1::WebhookDelivery* response) override;
  Reactor* ReplayWebhookDelivery(Context* context, const v1::ReplayWebhookDeliveryRequest* request, v1::WebhookDelivery* response) override;

 private:
  Deps& deps_;
  rpc::Edge& edge_;
};

}  // namespace quittance::billing::api

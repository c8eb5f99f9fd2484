// Each method converts, calls its use case, converts back.
#include "services/billing/api/webhook_service.h"

#include "services/billing/api/convert_reads.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {

grpc::ServerUnaryReactor* WebhookService::IngestWebhook(grpc::CallbackServerContext* context, const v1::IngestWebhookRequest* request,
                                                        v1::IngestWebhookResponse* response) {
  using Response = v1::IngestWebhookResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::IngestWebhookRequest& r) -> Task<Result<Response>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::IngestWebhook(deps_, std::move(*command));
                       if (!reply) co_return reply.error();
                       Response answer;
                       answer.set_http_status(reply->http_status);
                       answer.set_content_type(reply->answer.content_type);
                       answer.set_body(reply->answer.body);
                       co_return answer;
                     });
}

using Reactor = WebhookService::Reactor;

Reactor* WebhookService::ListWebhookDeliveries(Context* context, const v1::ListWebhookDeliveriesRequest* request,
                                               v1::ListWebhookDeliveriesResponse* response) {
  using Response = v1::ListWebhookDeliveriesResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListWebhookDeliveriesRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListWebhookDeliveries(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& delivery : page->deliveries) *list.add_webhook_deliveries() = ToWire(delivery);
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

Reactor* WebhookService::GetWebhookDelivery(Context* context, const v1::GetWebhookDeliveryRequest* request, v1::WebhookDelivery* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetWebhookDeliveryRequest& r) -> Task<Result<v1::WebhookDelivery>> {
                       const auto id = DeliveryId::Parse(r.webhook_delivery_id(), "webhook_delivery_id");
                       if (!id) co_return id.error();
                       auto delivery = co_await billing::GetWebhookDelivery(deps_, call.caller, *id);
                       if (!delivery) co_return delivery.error();
                       co_return ToWire(*delivery);
                     });
}

Reactor* WebhookService::ReplayWebhookDelivery(Context* context, const v1::ReplayWebhookDeliveryRequest* request,
                                               v1::WebhookDelivery* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ReplayWebhookDeliveryRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::ReplayWebhookDelivery(deps_, std::move(*command));
                       co_return reply;
                     });
}

}  // namespace quittance::billing::api

// One method: convert, ingest, answer.
#include "services/billing/api/webhook_service.h"

#include "services/billing/api/convert.h"

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

}  // namespace quittance::billing::api

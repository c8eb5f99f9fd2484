// gRPC towards billing, subscriptions and auth, with the token of this process.
#include "services/ingress/api/forward.h"

#include "common/core/crash_point.h"
#include "common/core/fault.h"
#include "common/rpc/proto_time.h"
#include "quittance/auth/v1/auth.grpc.pb.h"
#include "quittance/billing/v1/billing.grpc.pb.h"
#include "quittance/subscriptions/v1/subscriptions.grpc.pb.h"

namespace quittance::ingress {

namespace {

using auth::v1::GetJwksRequest;
using auth::v1::GetJwksResponse;
using auth::v1::KeyService;
using billing::v1::IngestWebhookRequest;
using billing::v1::IngestWebhookResponse;
using billing::v1::WebhookService;
using subscriptions::v1::IngestTelegramUpdateRequest;
using subscriptions::v1::IngestTelegramUpdateResponse;
using subscriptions::v1::MembershipService;

constexpr const char* kRetryAfterSeconds = "5";
constexpr std::string_view kSecretTokenHeader = "x-telegram-bot-api-secret-token";

http::ServerResponse NotTaken() {
  return {.status = 503, .body = "not taken, send it again\n", .headers = {{"Retry-After", kRetryAfterSeconds}}};
}

// The other side refused the call itself: an unknown tenant or connection is the sender's matter, everything else is ours.
http::ServerResponse OfRefusal(const Error& error) {
  if (error.code == Code::kNotFound) return {.status = 404, .body = "not found\n"};
  if (error.code == Code::kInvalidArgument) return {.status = 400, .body = "refused\n"};
  return NotTaken();
}

Cause CauseOf(const http::ServerRequest& request) { return {"ingress", std::string(request.HeaderValue("traceparent"))}; }

}  // namespace

struct Forward::Impl {
  rpc::Identity& identity;
  const Clock& clock;
  std::unique_ptr<KeyService::Stub> keys;
  std::unique_ptr<WebhookService::Stub> webhooks;
  std::unique_ptr<MembershipService::Stub> memberships;
};

Forward::Forward(rpc::Identity& identity, const std::string& auth_target, const std::string& billing_target,
                 const std::string& subscriptions_target, const Clock& clock)
    : impl_(new Impl{identity, clock, KeyService::NewStub(rpc::MakeChannel(auth_target)),
                     WebhookService::NewStub(rpc::MakeChannel(billing_target)),
                     MembershipService::NewStub(rpc::MakeChannel(subscriptions_target))}) {}

Forward::~Forward() = default;

Task<http::ServerResponse> Forward::Webhook(const http::ServerRequest& request, std::string source) {
  IngestWebhookRequest ask;
  ask.set_tenant(request.path_parameters[0]);
  ask.set_connection(request.path_parameters[1]);
  for (const http::Header& header : request.headers) {
    auto* row = ask.add_headers();
    row->set_name(header.name);
    row->set_value(header.value);
  }
  ask.set_body(request.body);
  rpc::SetTime(ask.mutable_receive_time(), impl_->clock.Now());
  ask.set_source_hash(source);

  QUITTANCE_CRASH_POINT("ingress.webhook.received");
  rpc::Starter<IngestWebhookRequest, IngestWebhookResponse> start = [this](auto* context, auto* asked, auto* answer, auto done) {
    impl_->webhooks->async()->IngestWebhook(context, asked, answer, std::move(done));
  };
  Cause cause = CauseOf(request);
  try {
    auto answer = co_await rpc::Invoke<IngestWebhookRequest, IngestWebhookResponse>(impl_->identity, start, ask, cause, kForwardTimeout);
    if (!answer.ok()) co_return OfRefusal(answer.error());
    co_return http::ServerResponse{.status = answer->http_status(), .content_type = answer->content_type(), .body = answer->body()};
  } catch (const Fault&) {
    co_return NotTaken();
  }
}

Task<http::ServerResponse> Forward::Telegram(const http::ServerRequest& request, std::string source) {
  IngestTelegramUpdateRequest ask;
  ask.set_tenant(request.path_parameters[0]);
  ask.set_secret_token(std::string(request.HeaderValue(kSecretTokenHeader)));
  ask.set_body(request.body);
  rpc::SetTime(ask.mutable_receive_time(), impl_->clock.Now());
  ask.set_source_hash(source);

  QUITTANCE_CRASH_POINT("ingress.telegram.received");
  rpc::Starter<IngestTelegramUpdateRequest, IngestTelegramUpdateResponse> start = [this](auto* context, auto* asked, auto* answer,
                                                                                         auto done) {
    impl_->memberships->async()->IngestTelegramUpdate(context, asked, answer, std::move(done));
  };
  Cause cause = CauseOf(request);
  try {
    auto answer = co_await rpc::Invoke<IngestTelegramUpdateRequest, IngestTelegramUpdateResponse>(impl_->identity, start, ask, cause,
                                                                                                  kForwardTimeout);
    if (!answer.ok()) co_return OfRefusal(answer.error());
    co_return http::ServerResponse{.status = answer->http_status()};
  } catch (const Fault&) {
    co_return NotTaken();
  }
}

Task<std::string> Forward::Jwks() {
  GetJwksRequest ask;
  rpc::Starter<GetJwksRequest, GetJwksResponse> start = [this](auto* context, auto* asked, auto* answer, auto done) {
    impl_->keys->async()->GetJwks(context, asked, answer, std::move(done));
  };
  Cause cause;
  auto answer = co_await rpc::Invoke<GetJwksRequest, GetJwksResponse>(impl_->identity, start, ask, cause);
  if (!answer.ok()) throw Fault("auth refused GetJwks: " + answer.error().message);
  co_return answer->jwks_json();
}

}  // namespace quittance::ingress

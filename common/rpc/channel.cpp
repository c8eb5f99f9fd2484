// Channels and the metadata of outgoing calls.
#include "common/rpc/channel.h"

#include "common/rpc/tls.h"
#include "common/trace/context.h"

namespace quittance::rpc {

namespace {

constexpr int kChannelKeepaliveMs = 30'000;
constexpr int kChannelKeepaliveTimeoutMs = 10'000;
constexpr int kReconnectFirstMs = 100;  // a peer that restarts is found again within two seconds
constexpr int kReconnectMaxMs = 2000;

// Every rpc of ours is idempotent by key or by nature, so UNAVAILABLE may be tried again; and CANCELLED, which a server that is going away
// gives to a call that arrives between its decision and its GOAWAY (grpc/grpc#41785). The budget keeps a dead peer from being buried (N05).
constexpr const char* kServiceConfig = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.05s", "maxBackoff": "0.5s", "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}],
  "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1}
})";

}  // namespace

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(kServiceConfig);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kChannelKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kChannelKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectFirstMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectFirstMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  return grpc::CreateCustomChannel(target, ChannelTls(), arguments);
}

void Prepare(grpc::ClientContext& context, const std::string& token, const Cause& cause, std::chrono::milliseconds timeout) {
  context.set_deadline(std::chrono::system_clock::now() + timeout);
  if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
  context.AddMetadata("traceparent", trace::ChildOf(cause.traceparent));
}

}  // namespace quittance::rpc

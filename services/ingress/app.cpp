// The parts in the order of their need: who we are, whom we call, what we answer, where.
#include "services/ingress/app.h"

#include "common/rpc/server.h"
#include "common/service/parts.h"

namespace quittance::ingress {

namespace {

constexpr int kConnectionsMax = 1024;

http::ServerOptions Options() {
  http::ServerOptions options;
  options.name = "ingress";
  options.headers = SecurityHeaders();
  options.connections_max = kConnectionsMax;
  return options;
}

}  // namespace

App::App(const Config& config, service::Runtime& runtime)
    : listen_(config.http_listen),
      identity_(service::ClientOf(config.peer), runtime.executor),
      trust_(rpc::RemoteTrust(config.peer.auth_target, identity_), nullptr, runtime.executor, runtime.metrics, runtime.clock),
      forward_(identity_, config.peer.auth_target, config.billing_target, config.subscriptions_target, runtime.clock),
      origins_(trust_, config.base.public_url, runtime.metrics),
      front_(forward_, origins_, config.base.source_hash_key, runtime.clock, runtime.metrics),
      server_(runtime.executor, Options(), front_.Routes(), runtime.metrics) {}

// Ready at once: what is behind it may be down without a webhook being lost, since 503 makes the PSP send it again.
void App::Start() {
  server_.Listen(listen_);
  trust_.Start();
}

void App::Drain(SteadyTime deadline) {
  server_.Drain(deadline);
  trust_.Stop();
}

}  // namespace quittance::ingress

// The variables of quittance-ingress.
#include "services/ingress/config.h"

namespace quittance::ingress {

Config Config::Read(config::Env& env) {
  Config config;
  config.base = service::ReadBase(env, false);
  config.peer = service::ReadPeer(env);
  config.http_listen = env.Address("QUITTANCE_HTTP_LISTEN", "where HTTP is served, behind what ends TLS");
  config.billing_target = env.Text("QUITTANCE_BILLING_TARGET", "gRPC target of billing: host:port, ipv4:a,b or dns:///name:port");
  config.subscriptions_target = env.Text("QUITTANCE_SUBSCRIPTIONS_TARGET", "gRPC target of subscriptions");
  return config;
}

}  // namespace quittance::ingress

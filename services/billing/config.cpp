// The variables of billing, each with its rule; problems are reported together.
#include "services/billing/config.h"

namespace quittance::billing {
namespace {

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

Config Config::Read(config::Env& env) {
  Config config;
  config.base = service::ReadBase(env, true);
  config.data = service::ReadData(env, config.base.profile);
  config.peer = service::ReadPeer(env);
  config.subscriptions_target =
      env.Text("QUITTANCE_SUBSCRIPTIONS_TARGET", "gRPC target of subscriptions, which is asked once for a plan that no event told of yet");
  config.stripe_base_url = WithoutSlash(env.Url("QUITTANCE_STRIPE_BASE_URL", "Stripe's API", "https://api.stripe.com"));
  config.hmac_base_url =
      WithoutSlash(env.Url("QUITTANCE_HMAC_BASE_URL", "the generic HMAC PSP's API; empty: connections to it are PSP_NOT_CONFIGURED", ""));
  return config;
}

}  // namespace quittance::billing

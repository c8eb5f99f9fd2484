// The variables of billing, each with its rule; problems are reported together.
#include "services/billing/config.h"

#include "services/billing/psp/registry.h"

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
  for (const auto& psp : psp::Providers()) {
    if (!psp.url_variable.empty()) config.psp_urls[psp.name] = WithoutSlash(env.Url(psp.url_variable, psp.url_help, psp.url_default));
  }
  return config;
}

}  // namespace quittance::billing

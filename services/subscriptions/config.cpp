// The variables of subscriptions, each with its rule; problems are reported together.
#include "services/subscriptions/config.h"

namespace quittance::subscriptions {

Config Config::Read(config::Env& env) {
  Config config;
  config.base = service::ReadBase(env, true);
  config.data = service::ReadData(env, config.base.profile);
  config.peer = service::ReadPeer(env);
  config.billing_target =
      env.Text("QUITTANCE_BILLING_TARGET", "gRPC target of billing, which is asked for money under way before a removal.");
  config.telegram_base_url = env.Url("QUITTANCE_TELEGRAM_BASE_URL", "Telegram's Bot API.", "https://api.telegram.org");
  return config;
}

}  // namespace quittance::subscriptions

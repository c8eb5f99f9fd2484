// The variables of notifications, each with its rule; problems are reported together.
#include "services/notifications/config.h"

namespace quittance::notifications {

Config Config::Read(config::Env& env) {
  Config config;
  config.base = service::ReadBase(env, true);
  config.data = service::ReadData(env, config.base.profile);
  config.peer = service::ReadPeer(env);
  config.token_keyring_file =
      env.Path("QUITTANCE_TOKEN_KEYRING_FILE", "Keyring shared by auth and notifications: opens one-time tokens in events.");
  config.smtp_url =
      env.Url("QUITTANCE_SMTP_URL", "SMTP server, smtp://host:port or smtps://host:port; empty: what would be sent is logged instead.", "");
  config.smtp_require_tls =
      env.Switch("QUITTANCE_SMTP_REQUIRE_TLS", "STARTTLS or nothing; off where the server is on this machine (development).",
                 config.base.profile == service::Profile::kProduction);
  if (!config.smtp_url.empty() && !config.smtp_url.starts_with("smtp://") && !config.smtp_url.starts_with("smtps://")) {
    env.Problem("QUITTANCE_SMTP_URL must begin with smtp:// or smtps://");
  }
  config.twilio_base_url =
      env.Url("QUITTANCE_TWILIO_BASE_URL", "Twilio's API; empty: what would be sent by SMS is logged instead.", "https://api.twilio.com");
  return config;
}

}  // namespace quittance::notifications

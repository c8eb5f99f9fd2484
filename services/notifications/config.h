// What quittance-notifications reads from its environment.
#pragma once

#include "common/service/run.h"

namespace quittance::notifications {

struct Config {
  service::BaseConfig base;
  service::DataConfig data;
  service::PeerConfig peer;
  std::filesystem::path token_keyring_file;  // QUITTANCE_TOKEN_KEYRING_FILE
  std::string smtp_url;                      // QUITTANCE_SMTP_URL; empty: mails are logged instead
  bool smtp_require_tls = true;              // QUITTANCE_SMTP_REQUIRE_TLS
  std::string twilio_base_url;               // QUITTANCE_TWILIO_BASE_URL; empty: SMS are logged instead

  static Config Read(config::Env& env);
};

}  // namespace quittance::notifications

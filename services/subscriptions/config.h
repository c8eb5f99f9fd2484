// What quittance-subscriptions reads from its environment.
#pragma once

#include "common/service/run.h"

namespace quittance::subscriptions {

struct Config {
  service::BaseConfig base;
  service::DataConfig data;
  service::PeerConfig peer;
  std::string billing_target;     // QUITTANCE_BILLING_TARGET
  std::string telegram_base_url;  // QUITTANCE_TELEGRAM_BASE_URL

  static Config Read(config::Env& env);
};

}  // namespace quittance::subscriptions

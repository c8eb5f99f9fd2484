// What quittance-billing reads from its environment.
#pragma once

#include "common/service/run.h"

namespace quittance::billing {

struct Config {
  service::BaseConfig base;
  service::DataConfig data;
  service::PeerConfig peer;
  std::string subscriptions_target;  // QUITTANCE_SUBSCRIPTIONS_TARGET
  std::string stripe_base_url;       // QUITTANCE_STRIPE_BASE_URL
  std::string hmac_base_url;         // QUITTANCE_HMAC_BASE_URL

  static Config Read(config::Env& env);
};

}  // namespace quittance::billing

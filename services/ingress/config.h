// What the ingress reads from its environment. It has no database, no keyring and no PSP's secret: its own credentials are all.
#pragma once

#include "common/service/run.h"

namespace quittance::ingress {

struct Config {
  service::BaseConfig base;
  service::PeerConfig peer;
  std::string http_listen;           // QUITTANCE_HTTP_LISTEN
  std::string billing_target;        // QUITTANCE_BILLING_TARGET
  std::string subscriptions_target;  // QUITTANCE_SUBSCRIPTIONS_TARGET

  static Config Read(config::Env& env);
};

}  // namespace quittance::ingress

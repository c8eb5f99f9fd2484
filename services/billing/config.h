// What quittance-billing reads from its environment.
#pragma once

#include <map>

#include "common/service/run.h"

namespace quittance::billing {

struct Config {
  service::BaseConfig base;
  service::DataConfig data;
  service::PeerConfig peer;
  std::string subscriptions_target;             // QUITTANCE_SUBSCRIPTIONS_TARGET
  std::map<std::string, std::string> psp_urls;  // QUITTANCE_<PSP>_BASE_URL, by provider

  static Config Read(config::Env& env);
};

}  // namespace quittance::billing

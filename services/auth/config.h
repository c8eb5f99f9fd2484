// What quittance-auth reads from its environment.
#pragma once

#include "common/service/run.h"
#include "services/auth/credentials/password_hasher.h"

namespace quittance::auth {

struct Config {
  service::BaseConfig base;
  service::DataConfig data;
  std::filesystem::path token_keyring_file;                // QUITTANCE_TOKEN_KEYRING_FILE
  int hash_threads = 0;                                    // QUITTANCE_HASH_THREADS
  HashCost hash_cost = kHashCost;                          // QUITTANCE_HASH_MEMORY_KIB, QUITTANCE_HASH_PASSES
  std::chrono::milliseconds hash_wait_max = kHashWaitMax;  // QUITTANCE_HASH_WAIT_MS
  std::string billing_target;                              // QUITTANCE_BILLING_TARGET
  std::string subscriptions_target;                        // QUITTANCE_SUBSCRIPTIONS_TARGET
  std::string notifications_target;                        // QUITTANCE_NOTIFICATIONS_TARGET

  static Config Read(config::Env& env);
};

}  // namespace quittance::auth

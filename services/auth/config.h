// What quittance-auth reads from its environment.
#pragma once

#include "common/service/run.h"

namespace quittance::auth {

struct Config {
  service::BaseConfig base;
  service::DataConfig data;
  std::filesystem::path token_keyring_file;  // QUITTANCE_TOKEN_KEYRING_FILE
  int hash_threads = 0;                      // QUITTANCE_HASH_THREADS

  static Config Read(config::Env& env);
};

}  // namespace quittance::auth

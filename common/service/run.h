// The frame of a process: configuration errors together (exit 78), logs, metrics, admin port, clock, signals, start order and drain order.
//
//   int main(int argc, char** argv) { return quittance::service::Run<quittance::billing::Config, quittance::billing::App>("billing", argc, argv); }
//
// Config: static Config Read(config::Env&) and a member `service::BaseConfig base` filled by ReadBase(env, …).
// App: App(Config, Runtime&) builds the parts as members in dependency order, threads last; Start(); Drain(SteadyTime); and the static
// const std::vector<service::Command> kCommands of further verbs (`migrate` is common to all that have a database).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/config/env.h"
#include "common/core/clock.h"
#include "common/crypto/random.h"
#include "common/metrics/admin.h"
#include "common/metrics/registry.h"

namespace quittance::service {

enum class Profile { kDev, kProduction };

// What every process reads.
struct BaseConfig {
  Profile profile = Profile::kProduction;   // QUITTANCE_PROFILE
  std::string grpc_listen;                  // QUITTANCE_GRPC_LISTEN (not the ingress)
  std::string admin_listen;                 // QUITTANCE_ADMIN_LISTEN
  std::string test_clock_file;              // QUITTANCE_TEST_CLOCK_FILE, dev only
  int threads = 2;                          // QUITTANCE_THREADS
  bool reflection = false;                  // QUITTANCE_REFLECTION
  std::string log_level;                    // QUITTANCE_LOG_LEVEL
  std::string public_url;                   // QUITTANCE_PUBLIC_URL
};

// What a process with a database and events reads besides.
struct DataConfig {
  Secret database_url;          // QUITTANCE_DATABASE_URL: application role
  Secret system_database_url;   // QUITTANCE_SYSTEM_DATABASE_URL: system role
  int connections = 4;          // QUITTANCE_DATABASE_CONNECTIONS
  std::string kafka_brokers;    // QUITTANCE_KAFKA_BROKERS
  std::filesystem::path keyring_file;      // QUITTANCE_KEYRING_FILE
  std::filesystem::path migrations;        // QUITTANCE_MIGRATIONS_DIR
};

// Who this process is to the others.
struct PeerConfig {
  std::string auth_target;      // QUITTANCE_AUTH_TARGET
  std::string client_id;        // QUITTANCE_CLIENT_ID
  Secret client_secret;         // QUITTANCE_CLIENT_SECRET(_FILE)
};

BaseConfig ReadBase(config::Env& env, bool with_grpc);
DataConfig ReadData(config::Env& env, Profile profile);
PeerConfig ReadPeer(config::Env& env);

// Built by Run before the App, destroyed after it.
struct Runtime {
  std::string name;
  Profile profile;
  async::Executor& executor;
  metrics::Registry& metrics;
  metrics::AdminServer& admin;
  const Clock& clock;
  crypto::RandomIds& ids;
};

// `quittance-auth bootstrap …`: a verb besides `serve` and `migrate`.
struct Command {
  std::string name;
  std::string help;
  std::function<int(config::Env&, const std::vector<std::string>& arguments)> run;
};

inline constexpr int kExitConfig = 78;  // sysexits EX_CONFIG
inline constexpr std::chrono::seconds kDrainBudget{25};

template <class Config, class App>
int Run(const std::string& name, int argc, char** argv);

}  // namespace quittance::service

#include "common/service/run_inl.h"

// The frame of a process: configuration errors together (exit 78), logs, metrics, admin port, clock, signals, start order and drain order.
// Invariant: nothing starts on a wrong configuration, and a process that was told to stop is gone after kDrainBudget at the latest.
//
//   int main(int argc, char** argv) {
//     return quittance::service::Run<quittance::billing::Config, quittance::billing::App>("billing", argc, argv);
//   }
//
// Config: `static Config Read(config::Env&)`, a member `service::BaseConfig base` and, with a database, `service::DataConfig data` (then
// the verb `migrate` is there). Read never throws: it collects every problem in the Env.
//
// App: the parts of the process as members in dependency order, threads last, so that destruction is the drain order.
//   App(const Config&, Runtime&);      builds the parts; throws ConfigProblem or Fault
//   void Start();                      starts what has threads, then listens; ready when it returns
//   void Drain(SteadyTime deadline);   stop accepting, finish calls, stop consumers and jobs, flush the relay; destruction closes the pools
//   static const std::vector<service::Command> kCommands;   optional: verbs of its own (`bootstrap`)
//
// An app.cpp on one screen (parts.h has Store, MakeEdge and the options of the shared parts):
//
//   App::App(const Config& config, service::Runtime& runtime)
//       : config_(config), runtime_(runtime), store_(config.data, runtime), http_(runtime.metrics),
//         settings_(Settings(), store_.app, store_.keyring), identity_(service::ClientOf(config.peer), runtime.executor),
//         edge_(service::MakeEdge(config.base, runtime, rpc::RemoteTrust(config.peer.auth_target, identity_), &store_.system)),
//         deps_{store_.app, store_.system, runtime.clock, runtime.ids, settings_, http_, rpc::TrustOf(*edge_)},
//         plans_(*edge_, deps_), subscriptions_(*edge_, deps_), settings_api_(*edge_, settings_),
//         relay_(service::RelayOf(config.data, runtime), store_.system, runtime.metrics),
//         consumer_(service::ConsumerOf(config.data, runtime), Subscriptions(deps_), store_.system, runtime.metrics),
//         jobs_(JobTable(deps_), runtime.executor, runtime.metrics) {}
//
//   void App::Start() {
//     rpc::StartEdge(*edge_);
//     relay_.Start();
//     consumer_.Start();
//     jobs_.Start();
//     const std::vector<grpc::Service*> services = {&plans_, &subscriptions_, &settings_api_};
//     server_ = std::make_unique<rpc::Server>(config_.base.grpc_listen, config_.base.reflection, services, *edge_);
//   }
//
//   void App::Drain(SteadyTime deadline) {
//     if (server_) server_->Drain(deadline);
//     consumer_.Stop();
//     jobs_.Stop(deadline);
//     runtime_.executor.Drain(deadline);
//     relay_.Drain(deadline);
//   }
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
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

// TLS of every gRPC port and channel of this process; files are read again when they change. Empty: plaintext (loopback, or a mesh that
// encrypts).
struct TlsConfig {
  std::string certificate;  // QUITTANCE_GRPC_TLS_CERTIFICATE_FILE: PEM chain of this process
  std::string key;          // QUITTANCE_GRPC_TLS_KEY_FILE
  std::string authorities;  // QUITTANCE_GRPC_TLS_AUTHORITIES_FILE: PEM of the authorities that sign the others
  bool mutual = false;      // QUITTANCE_GRPC_TLS_MUTUAL: clients must show a certificate
};

// What every process reads.
struct BaseConfig {
  Profile profile = Profile::kProduction;  // QUITTANCE_PROFILE
  std::string grpc_listen;                 // QUITTANCE_GRPC_LISTEN (not the ingress)
  std::string admin_listen;                // QUITTANCE_ADMIN_LISTEN
  std::string test_clock_file;             // QUITTANCE_TEST_CLOCK_FILE, dev only
  int threads = 2;                         // QUITTANCE_THREADS
  bool reflection = false;                 // QUITTANCE_REFLECTION
  std::string log_level;                   // QUITTANCE_LOG_LEVEL
  std::string public_url;                  // QUITTANCE_PUBLIC_URL
  std::string issuer;                      // QUITTANCE_ISSUER: `iss` of the tokens that are accepted (and made, by auth)
  Secret token_secrets;                    // QUITTANCE_TOKEN_SECRET: HS256 instead of ES256 (not the ingress); empty or well formed
  Secret source_hash_key;                  // QUITTANCE_SOURCE_HASH_KEY: keys the daily hashes of client addresses
  int service_account_rate = 6000;         // QUITTANCE_SERVICE_ACCOUNT_RATE: calls a minute of one service account
  std::chrono::seconds drain_delay{0};     // QUITTANCE_DRAIN_DELAY_SECONDS: not ready, still serving
  TlsConfig tls;
};

// What a process with a database and events reads besides.
struct DataConfig {
  Secret database_url;                 // QUITTANCE_DATABASE_URL: application role
  Secret system_database_url;          // QUITTANCE_SYSTEM_DATABASE_URL: system role
  int connections = 4;                 // QUITTANCE_DATABASE_CONNECTIONS
  std::string kafka_brokers;           // QUITTANCE_KAFKA_BROKERS
  std::filesystem::path keyring_file;  // QUITTANCE_KEYRING_FILE
  std::filesystem::path migrations;    // QUITTANCE_MIGRATIONS_DIR
  Secret erasure_ledger_url;           // QUITTANCE_ERASURE_LEDGER_URL: empty, none is kept
};

// Who this process is to the others.
struct PeerConfig {
  std::string auth_target;  // QUITTANCE_AUTH_TARGET
  std::string client_id;    // QUITTANCE_CLIENT_ID
  Secret client_secret;     // QUITTANCE_CLIENT_SECRET(_FILE)
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

// A configuration that could be read but does not hold (a keyring that is not one): thrown by an App's constructor, exit 78.
class ConfigProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `quittance-auth bootstrap …`: a verb besides `serve` and `migrate`. After its reads it must return ReportProblems(env) if that is not 0.
struct Command {
  std::string name;
  std::string help;
  std::function<int(config::Env&, const std::vector<std::string>& arguments)> run;
};

inline constexpr int kExitConfig = 78;  // sysexits EX_CONFIG
inline constexpr std::chrono::seconds kDrainBudget{25};

// Every problem as one JSON line on stderr; kExitConfig if there was one, else 0.
int ReportProblems(const config::Env& env);

template <class Config, class App>
int Run(const std::string& name, int argc, char** argv);

}  // namespace quittance::service

#include "common/service/run_inl.h"

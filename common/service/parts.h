// The parts that every process with a database and an rpc edge has, made from its configuration, so that an app.cpp shows only what is its
// own. Invariant: a part made here has its line in readiness.
#pragma once

#include <memory>

#include "common/crypto/envelope.h"
#include "common/db/database.h"
#include "common/erasure/ledger.h"
#include "common/events/consumer.h"
#include "common/events/relay.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/service/clock_watch.h"
#include "common/service/run.h"

namespace quittance::service {

// Keyring, the two pools, the sealer of secret replies; readiness of database and schema; whether the clocks agree.
struct Store {
  Store(const DataConfig& config, Runtime& runtime);
  ~Store();
  Store(const Store&) = delete;

  std::shared_ptr<const crypto::Keyring> keyring;
  db::Database app;                         // role app: forced into the scope of each transaction
  db::Database system;                      // role system: consumers, jobs, relay, trust
  std::unique_ptr<erasure::Ledger> ledger;  // none where it is not configured

 private:
  class SchemaWatch;
  std::unique_ptr<SchemaWatch> schema_;
  ClockWatch clock_;
};

rpc::ClientOptions ClientOf(const PeerConfig& config);
events::RelayOptions RelayOf(const DataConfig& config, const Runtime& runtime);  // topic quittance.<name>.v1, a lease owner of its own
events::ConsumerOptions ConsumerOf(const DataConfig& config, const Runtime& runtime);  // group quittance-<name>

// For every consumer table: auth's CredentialsRevoked, kept for the edges of all of this service's processes.
events::Subscription RevocationsHeard(const Clock& clock);

using EdgePtr = std::unique_ptr<rpc::Edge, void (*)(rpc::Edge*)>;

// The edge of this process; readiness `trust` (a key set is there) and, without making it unready, `trust_age`.
EdgePtr MakeEdge(const BaseConfig& config, Runtime& runtime, rpc::TrustSource source, db::Database* trust_store);

}  // namespace quittance::service

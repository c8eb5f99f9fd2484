// The gRPC server of a process: the services it is given, health v1, reflection by flag, limits of size, streams and connection age.
// The edge (edge.h) holds what Handle needs: trust, limits, metrics, clock.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/core/clock.h"
#include "common/core/secret.h"
#include "common/metrics/registry.h"
#include "common/rpc/trust.h"

namespace quittance::db {
class Database;
}

namespace quittance::rpc {

class Edge;

// Calls a minute. Our own processes (scope platform:service) are not counted.
inline constexpr int kUserRate = 100;             // a user, or an anonymous address: RATE_CLASS_API
inline constexpr int kAuthRate = 5;               // a client address at one method of RATE_CLASS_AUTH
inline constexpr int kServiceAccountRate = 6000;  // a service account, unless configured otherwise

struct EdgeOptions {
  std::string issuer;  // of tokens: the platform's public URL
  TrustSource trust_source;
  db::Database* trust_store = nullptr;  // the system role's pool: keeps the last state (table trust_state); nullptr: memory only
  Secret address_hash_key = {};         // keys the daily hashes of client addresses; empty: random, so they differ between processes
  int service_account_rate = kServiceAccountRate;
  Secret token_secrets = {};  // set: tokens are believed under HS256 alone (crypto::TokenSecrets), else under ES256 alone
};

std::unique_ptr<Edge, void (*)(Edge*)> MakeEdge(EdgeOptions options, async::Executor& executor, metrics::Registry& metrics,
                                                const Clock& clock);
Trust& TrustOf(Edge& edge);
// First poll and the loop behind it; returns when a key set is there (from auth or from the own database) or after 2 s without.
void StartEdge(Edge& edge);
bool TrustFresh(const Edge& edge);                // for readiness: a key set is there
std::chrono::seconds TrustAge(const Edge& edge);  // since auth was last heard

// PollTrust of auth over the network as a TrustSource.
class Identity;
TrustSource RemoteTrust(const std::string& auth_target, Identity& identity);

class Server {
 public:
  Server(std::string address, bool reflection, std::vector<grpc::Service*> services, Edge& edge);
  ~Server();
  void Drain(SteadyTime deadline);  // health NOT_SERVING, GOAWAY, finishes calls in flight
  int port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::rpc

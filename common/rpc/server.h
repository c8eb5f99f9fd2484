// The gRPC server of a process: the services it is given, health v1, reflection by flag, limits of size, streams and connection age.
// The edge (edge.h) holds what Handle needs: trust, limits, metrics, clock.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/core/clock.h"
#include "common/metrics/registry.h"
#include "common/rpc/trust.h"

namespace quittance::db {
class Database;
}

namespace quittance::rpc {

struct EdgeOptions {
  std::string issuer;          // of tokens: the platform's public URL
  TrustSource trust_source;
  db::Database* trust_store = nullptr;  // keeps the last key set (table trust_keys); nullptr: memory only (ingress)
};

std::unique_ptr<Edge, void (*)(Edge*)> MakeEdge(EdgeOptions options, async::Executor& executor, metrics::Registry& metrics, const Clock& clock);
Trust& TrustOf(Edge& edge);
// First poll and the loop behind it; returns when a key set is there (from auth or from the own database) or after 2 s without.
void StartEdge(Edge& edge);
bool TrustFresh(const Edge& edge);  // for readiness: a key set is there

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

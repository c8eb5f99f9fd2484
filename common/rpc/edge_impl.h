// What an edge is made of; seen by edge.cpp, passage.cpp and server.cpp alone.
#pragma once

#include <atomic>

#include "common/limit/gcra.h"
#include "common/rpc/client_address.h"
#include "common/rpc/edge.h"
#include "common/rpc/method_table.h"
#include "common/rpc/server.h"
#include "common/rpc/tokens.h"

namespace quittance::rpc {

inline constexpr int kCallsInFlightMax = 4096;           // beyond: refused at once
inline constexpr std::chrono::seconds kDeadlineMax{30};  // of a call that brings none, or a later one

class Edge {
 public:
  Edge(EdgeOptions options, async::Executor& on, metrics::Registry& registry, const Clock& time)
      : executor(on),
        clock(time),
        trust(std::move(options.trust_source), options.trust_store, on, registry, time),
        tokens(options.issuer, options.token_secrets, trust, registry, time),
        addresses(std::move(options.address_hash_key)),
        service_account_rate(options.service_account_rate),
        methods(registry),
        limited(registry.GetCounter("quittance_rate_limited_total", "Calls refused by a rate limit.")),
        shed(registry.GetCounter("quittance_calls_shed_total", "Calls refused because too many were in flight.")) {}

  async::Executor& executor;
  const Clock& clock;
  Trust trust;
  Tokens tokens;
  AddressHasher addresses;
  limit::Gcra limits;
  const int service_account_rate;
  MethodTable methods;
  metrics::Counter& limited;
  metrics::Counter& shed;
  std::atomic<int> in_flight{0};
};

// The limit that a call falls under (limits.cpp), or nullopt if it is not counted.
struct Quota {
  std::string key;
  std::string name;  // told in QuotaFailure: user, address, service_account
  limit::Rate rate;
};
std::optional<Quota> QuotaOf(const Edge& edge, const Method& method, const Caller& caller);

}  // namespace quittance::rpc

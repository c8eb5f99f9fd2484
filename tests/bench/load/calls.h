// Load over gRPC, on a lean client: creating intents (fresh keys), replaying them (keys of an earlier run), asking for one.
// Invariant: an operation is a success only when the answer is what was asked for: the right user and reference, replayed or not.
#pragma once

#include "tests/bench/load/fleet.h"
#include "tests/bench/load/pace.h"

namespace quittance::bench {

struct CallLoad {
  std::string target;        // host:port
  int channels = 2;          // connections
  std::string run;           // prefix of the keys and references
  std::uint64_t keys = 0;    // above 0: operation i uses key i % keys, and must be a replay
  std::uint64_t users = 0;   // above 0: one of so many staged users of the tenant, at random; keys and references scattered too
  bool check = true;         // off for a server that answers everybody the same
  bool retry = false;        // retryable refusals are tried again with the same key, as clients are told to
  std::string acknowledged;  // file for the ids that were answered OK; empty: none
  bool timeline = false;
};

Json CreateIntents(const std::vector<Tenant>& fleet, const CallLoad& load, const Offer& offer);

// ListSubscriptions of the tenant's first user: a read that touches subscriptions' database.
Json ListSubscriptions(const std::vector<Tenant>& fleet, const CallLoad& load, const Offer& offer);

}  // namespace quittance::bench

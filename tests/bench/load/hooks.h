// Load of signed webhooks over HTTP/1.1 on keep-alive connections: one payment.succeeded for each payment of a list.
// Invariant: every body is signed with its tenant's secret at the moment it is sent; only a 200 is a success.
#pragma once

#include "tests/bench/load/fleet.h"
#include "tests/bench/load/pace.h"

namespace quittance::bench {

struct HookLoad {
  std::string host;
  std::string port;
  std::string payments;  // file: lines of `<tenant's number> <payment id, 32 digits>`
  int connections = 64;  // at most so many requests are under way; in an open loop others wait, and their wait counts
  std::string run;       // prefix of the event ids
  std::string sent;      // file for `<payment id> <unix microseconds when it was due>`; empty: none
  bool timeline = false;
};

Json SendWebhooks(const std::vector<Tenant>& fleet, const HookLoad& load, Offer offer);

}  // namespace quittance::bench

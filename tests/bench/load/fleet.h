// The tenants that the load is made for, prepared once per stack through the public rpcs: settings, a backend account, a plan.
// Invariant: every tenant's backend has a token of its own, so that limits and row-level security see as many tenants as there are.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/load/pace.h"
#include "tests/e2e/stack.h"

namespace quittance::bench {

struct Tenant {
  std::string code;
  std::string id;    // 32 hexadecimal digits
  std::string user;  // usr_…
  e2e::Account backend;
  std::string webhook_secret;  // of its connection `hmac`
  std::string token;
};

// Makes tenants until there are `count`; those of `fleet_file` stay.
void Prepare(e2e::Stack& stack, const std::string& fleet_file, int count);

// The first `count` tenants of the file, with fresh tokens.
std::vector<Tenant> ReadFleet(e2e::Stack& stack, const std::string& fleet_file, int count);

}  // namespace quittance::bench

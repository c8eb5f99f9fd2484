// What a method's function gets to know of its call. Invariant: everything in it was verified by the edge.
#pragma once

#include <string>

#include "common/async/task.h"
#include "common/core/caller.h"
#include "common/db/idempotency.h"

namespace quittance::rpc {

struct Call {
  Caller caller;
  Cause cause;
  SteadyTime deadline;
  db::IdempotentCall once;  // filled where the policy asks for a key
  std::string client_address_hash;

  // Whose tenant the call is about. Our own processes (scope platform:service) name it in the request; everybody else's is the token's, and
  // naming another one is refused.
  Result<TenantId> TenantFor(std::string_view requested, std::string_view field = "tenant_id") const;
};

}  // namespace quittance::rpc

// One call to a network of the sandbox: recorded, under the fault that waits for it, in three steps.
// Invariant: `timeout`, `reset` and a status have no effect; `lost_answer` and `slow` have the whole effect.
#pragma once

#include <functional>

#include "tests/sandbox/state.h"

namespace quittance::sandbox {

struct Steps {
  std::function<std::optional<http::ServerResponse>()> begin;  // authentication, idempotency key: an answer ends the call
  std::function<http::ServerResponse(const Fault&)> act;       // the effect
  std::function<http::ServerResponse(const Fault&)> fail;      // the network's own shape of an error status
};

// `request` and what the steps refer to live until the returned coroutine has ended.
Task<http::ServerResponse> Play(State& state, std::string target, const http::ServerRequest& request, Steps steps);

}  // namespace quittance::sandbox

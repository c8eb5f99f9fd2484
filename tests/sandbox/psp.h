// What the control routes ask of a PSP: to play the payer and the PSP's own people.
#pragma once

#include "tests/sandbox/state.h"

namespace quittance::sandbox {

class PspNetwork {
 public:
  virtual ~PspNetwork() = default;
  // Each command is the control route's JSON object. 404: no such reference; 409: cannot happen now; 400: no such outcome.
  virtual http::ServerResponse Pay(const Json& command) = 0;
  virtual http::ServerResponse Refund(const Json& command) = 0;
  virtual http::ServerResponse Dispute(const Json& command) = 0;
};

}  // namespace quittance::sandbox

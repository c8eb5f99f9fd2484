// The whole sandbox, for its own process or a test's. Invariant: it runs on one thread of its own; only Start, the ports and the end are
// called from outside.
#pragma once

#include <memory>
#include <string>

#include "common/core/clock.h"

namespace quittance::sandbox {

class Sandbox {
 public:
  explicit Sandbox(const Clock& clock);
  ~Sandbox();
  void Start(const std::string& http_address, const std::string& smtp_address);  // host:port, port 0 picks one; throws Fault
  int http_port() const;
  int smtp_port() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace quittance::sandbox

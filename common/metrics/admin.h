// The admin HTTP port: /metrics /livez /readyz (?verbose) /version. Invariant: liveness knows nothing of dependencies; readiness names
// each.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/metrics/registry.h"

namespace quittance::metrics {

// One line of readiness. `required` false: shown as degraded, does not make the process unready.
struct Check {
  std::string name;
  bool required = true;
  std::function<bool()> ok;
};

class AdminServer {
 public:
  AdminServer(async::Executor& executor, Registry& registry, std::string service, std::string version);
  ~AdminServer();
  void AddCheck(Check check);
  void Listen(const std::string& address);  // host:port; throws Fault
  int port() const;
  void SetDraining();  // /readyz answers 503 from now on
  bool Ready() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::metrics

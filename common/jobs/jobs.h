// The loop behind every scheduled job: the row is the schedule, a job only looks for rows that are due.
// Invariant: a job that fails is tried again after a pause; it never stops the others; nothing of it is kept in memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/metrics/registry.h"

namespace quittance::jobs {

struct Job {
  std::string name;                    // expire_subscriptions: log, metric and grep
  std::chrono::milliseconds interval;  // pause when nothing was due (first phase is random)
  std::function<Task<int>()> run;      // how many rows were taken; above 0 runs again at once
};

class Jobs {
 public:
  Jobs(std::vector<Job> table, async::Executor& executor, metrics::Registry& metrics);
  ~Jobs();
  void Start();
  void Wake(const std::string& name);  // something became due in this process
  void Stop(SteadyTime deadline);      // no new runs; waits for those under way
 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::jobs

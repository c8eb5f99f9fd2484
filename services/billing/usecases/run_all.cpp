// A join: the last one to end resumes the job.
#include "services/billing/usecases/run_all.h"

#include <atomic>

namespace quittance::billing {
namespace {

struct Join {
  std::atomic<std::size_t> left;
  std::function<void(async::Outcome<bool>)> resume;
};

Task<void> One(Deps& deps, Task<void> task, std::shared_ptr<Join> join) {
  try {
    co_await std::move(task);
  } catch (const std::exception&) {
    deps.metrics.detached_failures.Add();
  }
  if (join->left.fetch_sub(1) == 1) join->resume({nullptr, true});
}

}  // namespace

Task<void> RunAll(Deps& deps, std::vector<Task<void>> tasks) {
  if (tasks.empty()) co_return;
  auto join = std::make_shared<Join>();
  join->left = tasks.size();
  std::function<void(std::function<void(async::Outcome<bool>)>)> start = [&](std::function<void(async::Outcome<bool>)> complete) {
    join->resume = std::move(complete);
    for (auto& task : tasks) deps.executor.Spawn(One(deps, std::move(task), join));
  };
  co_await async::Suspend<bool>(start);
}

}  // namespace quittance::billing

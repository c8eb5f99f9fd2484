// Each job is one coroutine: wait, run, and again at once while rows are found. Its state (a timer, a flag) lives on a strand of its own.
#include "common/jobs/jobs.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>

#include "common/core/check.h"
#include "common/log/log.h"

namespace quittance::jobs {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Strand = asio::strand<asio::io_context::executor_type>;

constexpr milliseconds kFaultPauseMin{500};
constexpr milliseconds kFaultPauseMax{5000};  // what was down is found again soon, however long it was

milliseconds Between(milliseconds low, milliseconds high) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<std::int64_t>(low.count(), std::max(low, high).count())(random));
}

// Doubles with each failure in a row; the jitter keeps the mean.
milliseconds FaultPause(int failures) {
  const auto pause = std::min<std::int64_t>(kFaultPauseMax.count(), kFaultPauseMin.count() << std::min(failures - 1, 12));
  return Between(milliseconds(pause / 2), milliseconds(pause * 3 / 2));
}

// Counts the loops that still run, for Stop.
struct Running {
  std::mutex mutex;
  std::condition_variable changed;
  int loops = 0;
};

// One job and its loop. Shared with the coroutine, so that a run which outlasts Stop finds it alive.
struct Loop {
  Loop(Job row, asio::io_context& context, metrics::Registry& metrics)
      : job(std::move(row)),
        strand(asio::make_strand(context)),
        timer(strand),
        last_success(metrics.GetGauge("quittance_job_last_success_timestamp_seconds", "When a job ended well last.", {{"job", job.name}})),
        succeeded(metrics.GetCounter("quittance_job_runs_total", "Runs of jobs.", {{"job", job.name}, {"result", "ok"}})),
        failed(metrics.GetCounter("quittance_job_runs_total", "Runs of jobs.", {{"job", job.name}, {"result", "failed"}})),
        rows(metrics.GetCounter("quittance_job_rows_total", "Rows that jobs have taken.", {{"job", job.name}})) {}

  Job job;
  Strand strand;
  asio::steady_timer timer;
  metrics::Gauge& last_success;
  metrics::Counter& succeeded;
  metrics::Counter& failed;
  metrics::Counter& rows;
  bool stopping = false;
  bool woken = false;    // something became due meanwhile
  bool pausing = false;  // after a fault: a wake does not shorten it
};

struct Run {
  int rows = 0;
  bool ok = false;
};

Task<Run> RunOnce(std::shared_ptr<Loop> loop) {
  const SteadyTime begun = std::chrono::steady_clock::now();
  Run run;
  std::string error;
  try {
    const int rows = co_await loop->job.run();
    run = {rows, true};
  } catch (const std::exception& fault) {
    error = fault.what();
  }
  const std::int64_t took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begun).count();
  if (run.ok) {
    loop->succeeded.Add();
    loop->rows.Add(run.rows);
    loop->last_success.Set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
    if (run.rows > 0) log::Info("job", {{"job", loop->job.name}, {"rows", run.rows}, {"ms", took}});
  } else {
    loop->failed.Add();
    log::Warn("job failed", {{"job", loop->job.name}, {"error", error}, {"ms", took}});
  }
  co_return run;
}

Task<void> Wait(std::shared_ptr<Loop> loop, milliseconds pause) {
  if (loop->stopping || (loop->woken && !loop->pausing)) co_return;
  loop->timer.expires_after(pause);
  boost::system::error_code cancelled;
  co_await loop->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

Task<void> RunLoop(std::shared_ptr<Loop> loop) {
  // A random first phase: processes that start together do not look for rows together.
  co_await Wait(loop, Between(milliseconds(0), loop->job.interval));
  int failures = 0;
  while (!loop->stopping) {
    loop->woken = false;
    const Run run = co_await RunOnce(loop);
    failures = run.ok ? 0 : failures + 1;
    if (run.ok && run.rows > 0) continue;
    loop->pausing = !run.ok;
    const milliseconds pause = run.ok ? loop->job.interval : FaultPause(failures);
    co_await Wait(loop, pause);
    loop->pausing = false;
  }
}

}  // namespace

struct Jobs::Impl {
  Impl(std::vector<Job> table, async::Executor& executor, metrics::Registry& metrics) {
    for (Job& job : table) {
      CHECK(!job.name.empty() && job.interval.count() > 0 && job.run);
      loops.push_back(std::make_shared<Loop>(std::move(job), executor.context(), metrics));
    }
  }

  std::vector<std::shared_ptr<Loop>> loops;
  std::shared_ptr<Running> running = std::make_shared<Running>();
};

Jobs::Jobs(std::vector<Job> table, async::Executor& executor, metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(std::move(table), executor, metrics)) {}

Jobs::~Jobs() { Stop(std::chrono::steady_clock::now()); }

void Jobs::Start() {
  impl_->running->loops = static_cast<int>(impl_->loops.size());
  for (const auto& loop : impl_->loops) {
    asio::co_spawn(loop->strand, RunLoop(loop), [running = impl_->running](std::exception_ptr) {
      std::lock_guard lock(running->mutex);
      --running->loops;
      running->changed.notify_all();
    });
  }
}

void Jobs::Wake(const std::string& name) {
  for (const auto& loop : impl_->loops) {
    if (loop->job.name != name) continue;
    asio::post(loop->strand, [loop] {
      loop->woken = true;
      if (!loop->pausing) loop->timer.cancel();
    });
  }
}

void Jobs::Stop(SteadyTime deadline) {
  for (const auto& loop : impl_->loops) {
    asio::post(loop->strand, [loop] {
      loop->stopping = true;
      loop->timer.cancel();
    });
  }
  std::unique_lock lock(impl_->running->mutex);
  impl_->running->changed.wait_until(lock, deadline, [&] { return impl_->running->loops == 0; });
}

}  // namespace quittance::jobs

// `serve`: from a read configuration to an exit code. Invariant: the first SIGTERM or SIGINT drains, at any moment also during start-up; a
// second one changes nothing; the watchdog ends what hangs, which is safe since every step of ours survives a kill.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

#include "common/log/log.h"
#include "common/rpc/tls.h"
#include "common/service/frame.h"

namespace quittance::service {

namespace {

using std::chrono::steady_clock;

// Of kDrainBudget, for closing pools after the App has drained.
constexpr std::chrono::seconds kClosingTime{5};

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Keys and tokens are in this memory: no core dump, no debugger of another process (C14, D11).
void Harden() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void UseTls(const TlsConfig& tls) {
  if (tls.authorities.empty() && tls.certificate.empty()) return;
  rpc::UseTls({tls.certificate, tls.key, tls.authorities, tls.mutual});
}

std::unique_ptr<Clock> MakeClock(const BaseConfig& base) {
  if (base.test_clock_file.empty()) return std::make_unique<SystemClock>();
  return std::make_unique<FileOffsetClock>(base.test_clock_file);
}

log::Level LevelOf(const std::string& name) {
  if (name == "debug") return log::Level::kDebug;
  if (name == "warn") return log::Level::kWarn;
  return name == "error" ? log::Level::kError : log::Level::kInfo;
}

// Ends the process when the budget is used up before it ended by itself.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::seconds budget)
      : thread_([this, budget](std::stop_token stop) {
          std::unique_lock lock(mutex_);
          wake_.wait_for(lock, stop, budget, [] { return false; });
          if (stop.stop_requested()) return;
          log::Error("drain took too long", {{"seconds", static_cast<std::int64_t>(budget.count())}});
          _exit(kExitUnavailable);
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

// Everything that Run builds before the App. The admin port goes first when it ends: its checks and metrics look at parts of the App.
struct Base {
  explicit Base(const std::string& name, const BaseConfig& config)
      : clock(MakeClock(config)),
        executor(config.threads),
        admin(std::make_unique<metrics::AdminServer>(executor, metrics, "quittance-" + name, QUITTANCE_VERSION)) {}

  std::unique_ptr<Clock> clock;
  metrics::Registry metrics;
  crypto::RandomIds ids;
  async::Executor executor;
  std::unique_ptr<metrics::AdminServer> admin;
};

void WaitForStop() {
  const sigset_t signals = StopSignals();
  int number = 0;
  sigwait(&signals, &number);
  log::Info("stopping", {{"signal", number}});
}

void Drain(const BaseConfig& config, Base& base, std::unique_ptr<Process> app) {
  base.admin->SetDraining();
  std::this_thread::sleep_for(config.drain_delay);
  const Watchdog watchdog(kDrainBudget);
  const auto begin = steady_clock::now();
  const SteadyTime deadline = begin + kDrainBudget - kClosingTime;
  app->Drain(deadline);
  const bool idle = base.executor.Drain(deadline);
  base.admin.reset();
  app.reset();
  const std::chrono::duration<double> took = steady_clock::now() - begin;
  log::Info("stopped", {{"seconds", took.count()}, {"idle", idle}});
}

int RunApp(const std::string& name, const Plan& plan) {
  const BaseConfig& config = plan.base();
  const auto begin = steady_clock::now();
  Base base(name, config);
  Runtime runtime{name, config.profile, base.executor, base.metrics, *base.admin, *base.clock, base.ids};
  std::atomic<bool> started{false};
  std::unique_ptr<Process> app;
  try {
    base.admin->AddCheck({"started", true, [&started] { return started.load(); }});
    base.admin->Listen(config.admin_listen);
    app = plan.Build(runtime);
    app->Start();
    started = true;
    const std::chrono::duration<double> took = steady_clock::now() - begin;
    log::Info("started", {{"profile", config.profile == Profile::kDev ? "dev" : "production"}, {"seconds", took.count()}});
    WaitForStop();
    Drain(config, base, std::move(app));
    return 0;
  } catch (...) {
    base.admin.reset();
    throw;
  }
}

}  // namespace

int Serve(const Frame& frame) {
  config::Env env;
  const std::unique_ptr<Plan> plan = frame.read(env);
  if (const int code = ReportProblems(env); code != 0) return code;

  Harden();
  log::Init(frame.name, QUITTANCE_VERSION, LevelOf(plan->base().log_level));
  UseTls(plan->base().tls);
  const sigset_t signals = StopSignals();  // blocked here, so in every thread that is made from now on
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return RunApp(frame.name, *plan);
}

}  // namespace quittance::service

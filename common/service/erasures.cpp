// The signals are blocked in every thread (serve.cpp), so one that came meanwhile is pending.
#include "common/service/erasures.h"

#include <csignal>
#include <thread>

#include "common/log/log.h"

namespace quittance::service {
namespace {

constexpr std::chrono::seconds kAgain{1};

bool StopAsked() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

}  // namespace

void ApplyErasures(erasure::Ledger* ledger, db::Database& system, const erasure::Apply& apply) {
  if (ledger == nullptr) return;
  bool told = false;
  while (true) {
    try {
      const int applied = erasure::Replay(*ledger, system, apply);
      if (applied > 0) log::Warn("erased again what a restored database had", {{"people", applied}});
      return;
    } catch (const std::exception& fault) {
      if (!told) log::Warn("erasures not applied yet", {{"fault", fault.what()}});
      told = true;
    }
    if (StopAsked()) throw Fault("told to stop before the ledger of erasures was read");
    std::this_thread::sleep_for(kAgain);
  }
}

}  // namespace quittance::service

// quittance-sandbox: configured by environment only, runs until SIGTERM or SIGINT.
#include <csignal>
#include <iostream>

#include "common/config/env.h"
#include "common/core/fault.h"
#include "tests/sandbox/sandbox.h"

namespace quittance::sandbox {
namespace {

int Run() {
  config::Env env;
  const std::string http = env.Address("QUITTANCE_SANDBOX_HTTP", "where HTTP listens", "127.0.0.1:7030");
  const std::string smtp = env.Address("QUITTANCE_SANDBOX_SMTP", "where SMTP listens", "127.0.0.1:7031");
  const std::string clock_file = env.Text("QUITTANCE_TEST_CLOCK_FILE", "the stack's test clock", "");
  for (const std::string& problem : env.problems()) std::cerr << problem << '\n';
  if (!env.problems().empty()) return 78;

  // Before any thread, so that all inherit the mask and sigwait alone gets the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::unique_ptr<Clock> clock;
  if (clock_file.empty())
    clock = std::make_unique<SystemClock>();
  else
    clock = std::make_unique<FileOffsetClock>(clock_file);
  Sandbox sandbox(*clock);
  sandbox.Start(http, smtp);
  std::cout << "sandbox: http on port " << sandbox.http_port() << ", smtp on port " << sandbox.smtp_port() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace
}  // namespace quittance::sandbox

int main() {
  try {
    return quittance::sandbox::Run();
  } catch (const quittance::Fault& fault) {
    std::cerr << fault.what() << '\n';
    return 1;
  }
}

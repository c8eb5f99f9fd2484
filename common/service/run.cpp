// The verbs of a process. Invariant: whatever goes wrong ends in a line on stderr and an exit code, never in a bare exception.
#include <absl/synchronization/mutex.h>

#include <csignal>
#include <cstdio>

#include "common/log/log.h"
#include "common/service/frame.h"

namespace quittance::service {

namespace {

int Usage(const Frame& frame, std::FILE* out) {
  std::string text = "usage: quittance-" + frame.name + " [verb]\n\n";
  const auto row = [&](const std::string& verb, const std::string& help) {
    text += "  " + verb + std::string(verb.size() < 24 ? 24 - verb.size() : 1, ' ') + help + "\n";
  };
  row("serve", "runs the service until SIGTERM (the default)");
  if (frame.with_database)
    row("migrate [up|status]", "brings the database's schema up to date and makes the topic, or tells where it stands");
  row("config", "prints every environment variable as a row of a Markdown table");
  for (const Command& command : frame.commands) row(command.name, command.help);
  row("--help, --version", "");
  text += "\nConfigured by environment only; a configuration that does not hold names every problem and exits with " +
          std::to_string(kExitConfig) + ".\n";
  std::fputs(text.c_str(), out);
  return out == stdout ? 0 : kExitUsage;
}

int Dispatch(const Frame& frame, const std::string& verb, const std::vector<std::string>& arguments) {
  if (verb == "--help" || verb == "-h" || verb == "help") return Usage(frame, stdout);
  if (verb == "--version") return std::printf("quittance-%s %s\n", frame.name.c_str(), QUITTANCE_VERSION) > 0 ? 0 : 1;
  if (verb == "serve" && arguments.empty()) return Serve(frame);
  if (verb == "config" && arguments.empty()) return PrintConfig(frame);
  if (verb == "migrate" && frame.with_database) return Migrate(frame, arguments);
  for (const Command& command : frame.commands) {
    if (command.name != verb) continue;
    config::Env env;
    return command.run(env, arguments);
  }
  return Usage(frame, stderr);
}

}  // namespace

void PrintError(const std::string& message, const std::string& key, const std::string& value) {
  const std::string line = log::Render(log::Level::kError, message, {{key, value}});
  std::fprintf(stderr, "%s%s", line.c_str(), line.ends_with('\n') ? "" : "\n");
}

int ReportProblems(const config::Env& env) {
  for (const std::string& problem : env.problems()) PrintError("configuration refused", "problem", problem);
  return env.problems().empty() ? 0 : kExitConfig;
}

int RunFrame(const Frame& frame, int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  // Debian builds Abseil with its checks: each lock that gRPC takes would be looked up in a graph of all locks.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  log::Init(frame.name, QUITTANCE_VERSION, log::Level::kInfo);
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const std::string verb = words.empty() ? "serve" : words.front();
  try {
    return Dispatch(frame, verb, words.empty() ? words : std::vector<std::string>(words.begin() + 1, words.end()));
  } catch (const ConfigProblem& problem) {
    PrintError("configuration refused", "problem", problem.what());
    return kExitConfig;
  } catch (const std::exception& fault) {
    PrintError("quittance-" + frame.name + " " + verb + " failed", "fault", fault.what());
    return kExitUnavailable;
  }
}

}  // namespace quittance::service

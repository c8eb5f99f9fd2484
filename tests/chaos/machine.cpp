// See machine.h. A process is started as ./dev does it: the variables of env/NAME.env, the log appended, the pid in run/NAME.pid.
#include "tests/chaos/machine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/chaos/database.h"
#include "tests/e2e/process.h"

extern char** environ;

namespace quittance::chaos {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{20};

// Everything but QUITTANCE_*, and what the file says.
std::vector<std::string> EnvironmentOf(const std::string& file) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (std::string(*variable).rfind("QUITTANCE_", 0) != 0) all.emplace_back(*variable);
  }
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  all.push_back("QUITTANCE_TEST_SESSION_TIMEOUT_MS=1500");
  return all;
}

// Twice forked: nobody has to wait for it. Only calls that are safe after fork in a program with threads.
int Spawn(const std::string& binary, const std::vector<std::string>& environment, const std::string& log) {
  std::vector<char*> variables;
  for (const auto& variable : environment) variables.push_back(const_cast<char*>(variable.c_str()));
  variables.push_back(nullptr);
  char* const arguments[] = {const_cast<char*>(binary.c_str()), nullptr};
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t middle = fork();
  if (middle == 0) {
    const pid_t child = fork();
    if (child != 0) {
      (void)!write(pipe_ends[1], &child, sizeof child);
      _exit(0);
    }
    setsid();
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    for (int other = 3; other < 1024; ++other) close(other);
    execve(binary.c_str(), arguments, variables.data());
    _exit(127);
  }
  pid_t child = -1;
  (void)!read(pipe_ends[0], &child, sizeof child);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  waitpid(middle, nullptr, 0);
  return child;
}

}  // namespace

Machine::Machine(e2e::Stack& stack, std::string binaries)
    : stack_(stack), folder_(std::filesystem::path(stack.at("clock_file")).parent_path()), binaries_(std::move(binaries)) {
  for (const auto& process : kProcessNames) {
    boards_[process] = crash::Map((folder_ + "/crash/" + process).c_str(), true);
    if (boards_[process] == nullptr) throw std::runtime_error("no crash file of " + process);
    crash::Disarm(*boards_[process]);
  }
  watcher_ = std::thread([this] { Watch(); });
}

Machine::~Machine() {
  stop_ = true;
  watcher_.join();
  DisarmAll();
}

bool Machine::Arm(const ArmedPoint& point) {
  const std::lock_guard lock(mutex_);
  if (!waiting_[point.process].insert(point.name).second) return true;  // another run has it armed: it goes off for both
  return crash::Arm(*boards_.at(point.process), point.name, point.hits);
}

void Machine::DisarmAll() {
  const std::lock_guard lock(mutex_);
  for (auto& [process, board] : boards_) {
    auto& armed = waiting_[process];
    std::set<std::string> gone_off;  // by a process that is not buried yet
    for (auto& name : crash::Disarm(*board)) {
      if (armed.contains(name)) gone_off.insert(std::move(name));
    }
    armed.clear();
    fired_[process].merge(gone_off);
  }
}

int Machine::PidOf(const std::string& process) const {
  std::ifstream file(folder_ + "/run/" + process + ".pid");
  int pid = 0;
  return file >> pid ? pid : 0;
}

void Machine::Kill(const std::string& process) {
  const std::lock_guard lock(mutex_);
  const int pid = PidOf(process);
  if (pid > 0 && e2e::IsAlive(pid) && kill(pid, SIGKILL) == 0) ++killed_[process];
}

void Machine::StopFor(const std::string& process, int ms) {
  const int pid = PidOf(process);
  if (pid <= 0 || kill(pid, SIGSTOP) != 0) return;
  std::this_thread::sleep_for(milliseconds(ms));
  if (e2e::IsAlive(pid)) kill(pid, SIGCONT);
}

void Machine::Watch() {
  while (!stop_) {
    for (const auto& process : kProcessNames) {
      const int pid = PidOf(process);
      if (pid > 0 && !e2e::IsAlive(pid)) Bury(process);
    }
    std::this_thread::sleep_for(kLook);
  }
}

void Machine::Bury(const std::string& process) {
  {
    const std::lock_guard lock(mutex_);
    Death death{process, {fired_[process].begin(), fired_[process].end()}};
    fired_[process].clear();
    for (auto& name : crash::TakeGoneOff(*boards_.at(process))) {
      if (waiting_[process].erase(name) > 0) death.points.push_back(std::move(name));
    }
    if (death.points.empty() && killed_[process] == 0) findings_.push_back(process + " died by itself");
    if (death.points.empty() && killed_[process] > 0) --killed_[process];
    deaths_.push_back(std::move(death));
    ++count_;
  }
  try {
    if (!natural_leases_) EndLeases(process);
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    findings_.push_back("the leases of " + process + " could not be ended: " + error.what());
  }
  Start(process);
}

void Machine::EndLeases(const std::string& process) {
  static const std::map<std::string, std::vector<std::string>> tables = {
      {"billing", {"payments", "payment_attempts", "refunds", "webhook_deliveries"}},
      {"subscriptions", {"memberships", "telegram_join_requests", "telegram_messages"}},
      {"notifications", {"notifications"}}};
  if (process == "ingress") return;
  Database database(stack_, process);
  database.Run("UPDATE relay_lease SET until = now() WHERE until > now()");
  const auto found = tables.find(process);
  if (found == tables.end()) return;
  for (const auto& table : found->second) database.Run("UPDATE " + table + " SET lease_until = now() WHERE lease_until > now()");
}

void Machine::Start(const std::string& process) {
  const int pid =
      Spawn(binaries_ + "/quittance-" + process, EnvironmentOf(folder_ + "/env/" + process + ".env"), folder_ + "/log/" + process + ".log");
  std::ofstream(folder_ + "/run/" + process + ".pid") << pid << "\n";
}

bool Machine::AllReady() const {
  for (const auto& process : kProcessNames) {
    if (e2e::Http("GET", stack_.endpoints().at("admin").at(process).get<std::string>() + "/readyz").status != 200) return false;
  }
  return true;
}

std::vector<Death> Machine::TakeDeaths() {
  const std::lock_guard lock(mutex_);
  return std::exchange(deaths_, {});
}

std::string Machine::LastDeath() const {
  const std::lock_guard lock(mutex_);
  if (deaths_.empty()) return "";
  std::string text = deaths_.back().process + " died at";
  for (const auto& point : deaths_.back().points) text += " " + point;
  return text;
}

std::vector<std::string> Machine::TakeFindings() {
  const std::lock_guard lock(mutex_);
  return std::exchange(findings_, {});
}

std::string Machine::LogTails(int lines) const {
  std::string text;
  for (const auto& process : kProcessNames) {
    std::ifstream file(folder_ + "/log/" + process + ".log");
    std::vector<std::string> last;
    for (std::string line; std::getline(file, line);) {
      last.push_back(line.substr(0, 400));
      if (last.size() > static_cast<std::size_t>(lines)) last.erase(last.begin());
    }
    text += "--- " + process + "\n";
    for (const auto& line : last) text += line + "\n";
  }
  return text;
}

}  // namespace quittance::chaos

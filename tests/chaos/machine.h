// The processes of a running stack under chaos: arms their crash points, kills and stops them, and starts again what died.
// Invariant: a process that dies without being made to is a finding. Leases of a dead process are ended at once, since with one process of
// a kind nobody else can hold them (a run may ask to wait for them instead).
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/core/crash_point.h"
#include "tests/chaos/plan.h"
#include "tests/e2e/stack.h"

namespace quittance::chaos {

inline const std::vector<std::string> kProcessNames = {"auth", "billing", "subscriptions", "notifications", "ingress"};

struct Death {
  std::string process;
  std::vector<std::string> points;  // that went off; none: killed
};

class Machine {
 public:
  // `binaries`: where quittance-<process> stand.
  Machine(e2e::Stack& stack, std::string binaries);
  ~Machine();

  // False: the name is too long or too many are armed.
  bool Arm(const ArmedPoint& point);
  void DisarmAll();
  void Kill(const std::string& process);
  void StopFor(const std::string& process, int ms);
  void WaitForLeases(bool naturally) { natural_leases_ = naturally; }

  bool AllReady() const;
  std::vector<Death> TakeDeaths();
  int deaths() const { return count_; }
  std::string LastDeath() const;
  std::vector<std::string> TakeFindings();  // processes that died by themselves
  std::string LogTails(int lines) const;

 private:
  void Watch();
  void Bury(const std::string& process);
  void EndLeases(const std::string& process);
  void Start(const std::string& process);
  int PidOf(const std::string& process) const;

  e2e::Stack& stack_;
  const std::string folder_;
  const std::string binaries_;
  std::map<std::string, crash::Board*> boards_;
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> waiting_;  // armed points that have not gone off
  std::map<std::string, std::set<std::string>> fired_;    // and were disarmed before their process was buried
  std::map<std::string, int> killed_;
  std::vector<Death> deaths_;
  std::vector<std::string> findings_;
  std::atomic<bool> natural_leases_{false};
  std::atomic<int> count_{0};
  std::atomic<bool> stop_{false};
  std::thread watcher_;
};

}  // namespace quittance::chaos

// Several seeds played at once on one stack: each brings its customers, crash points and faults; what is not quiet or not true afterwards
// is a finding. Invariant: faults stop before the checks; every finding names the seeds that were there.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <ostream>

#include "tests/chaos/invariants.h"
#include "tests/chaos/lag.h"
#include "tests/chaos/machine.h"

namespace quittance::chaos {

struct Totals {
  int runs = 0, customers = 0, deaths = 0, armed = 0, gone_off = 0, second_copies = 0;
  std::map<std::string, int> points;  // how often each went off
  std::vector<std::string> findings;
};

class Waves {
 public:
  Waves(e2e::Stack& stack, const std::string& binaries, std::ostream& out);
  // False: something was found; it was printed with its plans and the tails of the logs.
  bool Play(const std::vector<std::uint64_t>& seeds);
  const Totals& totals() const { return totals_; }
  void Tell(bool all) { tells_ = all; }  // prints what happens when

 private:
  struct Wave;
  void PlayLeg(Wave& wave, Leg leg, const std::function<void(Customer&)>& part);
  void Settle(Wave& wave, const std::string& when);
  void Nudge(Wave& wave);
  void Check(Wave& wave);
  void Say(const std::string& what);

  e2e::Stack& stack_;
  std::ostream& out_;
  Machine machine_;
  Lag lag_;
  e2e::EventTail tail_;
  Totals totals_;
  bool tells_ = false;
  std::string said_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace quittance::chaos

// What a run does, derived from its seed alone: who buys what, where processes die, what the networks outside do wrong.
// Invariant: the same seed gives the same plan on every machine and with every other seed beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/chaos/points.h"

namespace quittance::chaos {

enum class Story {
  kWeekly,     // pays a week, joins, is reminded, is taken out at the end
  kRenewing,   // and pays a month before the end
  kRefunded,   // pays, joins, gets the money back, is taken out
  kDeclined,   // the first PSP declines, the second is paid
  kCanceling,  // cancels the first intent and pays another
  kUnpaid,     // never pays: the intent expires
};
std::string NameOf(Story story);

struct ArmedPoint {
  Leg leg;
  std::string process;
  std::string name;
  std::uint32_t hits;
};

// A process is killed, or stopped for a moment, some time into a leg.
struct ProcessFault {
  Leg leg;
  std::string process;
  int at_ms;
  int stop_ms;  // 0: killed
};

// A command for the sandbox's control/fault.
struct OutsideFault {
  Leg leg;
  std::string target, kind, path;
  int count;
  int delay_ms;  // of kind slow; else 0
};

struct Plan {
  std::uint64_t seed = 0;
  std::vector<Story> customers;
  std::vector<ArmedPoint> points;
  std::vector<ProcessFault> process_faults;
  std::vector<OutsideFault> outside;
  int copies = 1;  // of each webhook and update
  bool shuffled = false;
};

Plan MakePlan(std::uint64_t seed);
std::string Describe(const Plan& plan);

}  // namespace quittance::chaos

// Every crash point of the code: its number, where it can be reached, and in which leg of a run. README.md shows the same list; points_test
// holds code, table and page together.
#pragma once

#include <string>
#include <vector>

namespace quittance::chaos {

// The parts of a run, in order. Business time moves between them.
enum class Leg {
  kSale,      // users, links, intents, payments, refunds, joining
  kReminder,  // 5 days later: reminders; what nobody paid expires; renewals
  kEnd,       // the weekly periods are over
  kLast,      // so are the renewed ones
};
inline constexpr int kLegs = 4;

struct CrashPoint {
  const char* name;                    // its place in the table is its number
  std::vector<std::string> processes;  // who can reach it
  std::vector<Leg> legs;               // where runs arm it
};

const std::vector<CrashPoint>& CrashPoints();

}  // namespace quittance::chaos

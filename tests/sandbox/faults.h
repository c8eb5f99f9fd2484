// Faults that were asked for: the next calls of a network fail so. Invariant: each fault is taken by exactly one call.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace quittance::sandbox {

inline constexpr std::chrono::seconds kTimeoutHold{60};  // longer than any client of ours waits

struct Fault {
  enum class Kind { kNone, kTimeout, kReset, kStatus, kStoredStatus, kMadeStatus, kSlow, kLostAnswer };
  Kind kind = Kind::kNone;
  int status = 0;
  std::chrono::milliseconds delay{3000};
  int retry_after = 1;  // seconds
  std::string path;     // only calls whose path has this in it
  int count = 1;
};

class Faults {
 public:
  // nullopt for a kind or a number that is none.
  static std::optional<Fault> Parse(const nlohmann::json& command);

  void Add(const std::string& target, Fault fault);  // count 0: clears the target
  Fault Take(const std::string& target, const std::string& path);

 private:
  std::map<std::string, std::deque<Fault>> waiting_;
};

}  // namespace quittance::sandbox

// Periods of access: one per payment, the truth of every subscription.
// Invariant: where periods lie is a pure function of what was paid and stopped; the order in which events arrived is not an input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/time.h"
#include "services/subscriptions/domain/ids.h"

namespace quittance::subscriptions {

// A time in which a payment gives nothing. Held (a dispute is open): the whole subscription stands still. Revoked (the money went back):
// this period alone is left out, and later ones move up. Without an end it lasts.
struct Stop {
  enum class Kind { kHeld, kRevoked };
  Kind kind;
  TimePoint from;
  std::optional<TimePoint> until;

  bool Covers(TimePoint time) const { return from <= time && (!until || time < *until); }
  bool operator==(const Stop&) const = default;
};

// Money that went back in part, and how much of the period's time went with it (policy `shorten`; 0: `keep`). Counts from `from` on,
// until the next one takes its place.
struct Return {
  TimePoint from;
  std::int64_t returned_minor;
  std::chrono::seconds cut;

  bool operator==(const Return&) const = default;
};

struct Period {
  PaymentId payment;
  PlanId plan;
  std::string plan_code;
  TimePoint succeed_time;  // billing's; the order of periods
  std::chrono::seconds duration;
  std::vector<Stop> stops;
  TimePoint starts{};  // where Lay put it (its last stretch)
  TimePoint ends{};
  std::vector<Return> returns = {};  // in order of `from`

  bool StoppedAt(Stop::Kind kind, TimePoint time) const;
  const Stop* OpenStop(Stop::Kind kind) const;
  std::int64_t ReturnedMinor() const { return returns.empty() ? 0 : returns.back().returned_minor; }
  std::chrono::seconds CutAt(TimePoint time) const;
};

struct Layout {
  TimePoint start{};                    // begin of the period that runs, or ran last
  TimePoint end{};                      // end of all paid time; while held: as if it went on at held_since
  std::optional<TimePoint> held_since;  // time is left and stands still since then
  std::string plan_code;                // of the newest payment
};

// Lays the periods end to end in the order of succeed_time, each from max(succeed_time, end of the one before); time that is held or
// revoked is not used up, and time that was cut is taken from what is left, never from what was used. Sorts `periods` and fills starts and
// ends. A period that was revoked before it began has starts == ends.
Layout Lay(std::vector<Period>& periods, TimePoint now);

}  // namespace quittance::subscriptions

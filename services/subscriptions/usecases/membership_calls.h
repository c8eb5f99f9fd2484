// The calls to Telegram that a membership's next step needs, outside any transaction, and what their answers do to the row.
// Invariant: a removal reads the row again right before its call; only the holder of the lease writes what came of it.
#pragma once

#include "services/subscriptions/deps.h"
#include "services/subscriptions/store/memberships.h"

namespace quittance::subscriptions {

// A claimed row and its next step.
struct MembershipWork {
  store::MembershipView view;
  MembershipStep step;
  std::string tenant_key;

  const Membership& membership() const { return view.stored.membership; }
};

struct CallReport {
  BotAnswer answer;
  std::string chat;     // where it was
  TimePoint expires{};  // of a new link
  bool called = true;   // false: nothing was to be done after all
  bool setting_missing = false;
};

Task<CallReport> Perform(Deps& deps, const MembershipWork& work);

// Writes what came of it and gives the lease back.
Task<void> Conclude(Deps& deps, const MembershipWork& work, CallReport report);

}  // namespace quittance::subscriptions

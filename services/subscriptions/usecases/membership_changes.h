// Memberships that change together: rows, events and audit are written in sets.
// Invariant: each move of a membership is one event with the state after it.
#pragma once

#include "common/core/caller.h"
#include "services/subscriptions/deps.h"
#include "services/subscriptions/store/memberships.h"

namespace quittance::subscriptions {

class MembershipChanges {
 public:
  MembershipChanges(Deps& deps, Cause cause, TimePoint now) : deps_(deps), cause_(std::move(cause)), now_(now) {}

  // The row as it is now, and the moves that led there (none: bookkeeping only).
  void Add(const store::MembershipView& view, const std::vector<MembershipChange>& moves);
  void Save(db::Tx& tx) const;

 private:
  Deps& deps_;
  Cause cause_;
  TimePoint now_;
  std::vector<store::StoredMembership> rows_;
  std::vector<std::pair<MembershipChange, bool>> moves_;  // and whether the user is linked
};

// Ties the row to the account and chat it is about from now on.
void TieTo(store::MembershipView& view, const Sealed& account, const Sealed& chat);

}  // namespace quittance::subscriptions

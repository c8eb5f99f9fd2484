// What needs two persons: the first word is stored, the same word of somebody else carries it out. Invariant: nobody is two persons, and a
// word that differs in any part begins anew.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct Confirmation {
  Caller caller;
  Cause cause;
  std::string action;   // the use case, as audited
  std::string subject;  // the thing's id
  std::string content;  // what is confirmed, in one canonical line
};

enum class Word { kFirst, kSecond };

inline constexpr Duration kProposalLife = std::chrono::days(7);

// In the transaction of the effect. kFirst: stored and audited, nothing else may happen. PERMISSION_DENIED: the same person again.
Result<Word> Say(db::Tx& tx, const Confirmation& confirmation, TimePoint now);

}  // namespace quittance::billing

// The inbox: which events a consumer has applied, and how often it has tried the ones that fail.
// Invariant: an event's effect and its inbox row are one transaction; a try is counted and committed before it begins.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/db/tx.h"

namespace quittance::events {

// Claims all ids in one statement; those that come back are this transaction's to apply, the others were applied before.
std::set<Uuid> ClaimInbox(db::Tx& tx, const std::string& consumer, std::vector<Uuid> ids);

// Which of the ids were applied before, without claiming.
std::set<Uuid> FindApplied(db::Tx& tx, const std::string& consumer, const std::vector<Uuid>& ids);

// How many tries this one makes; 0 for an event that was applied meanwhile.
int CountTry(db::Tx& tx, const std::string& consumer, const Uuid& id);
void ForgetTries(db::Tx& tx, const std::string& consumer, std::vector<Uuid> ids);

// Counts the start of a whole batch as one try of each of its events. False, and nothing is counted, where an earlier start of one of them
// did not come to its end.
bool CountStart(db::Tx& tx, const std::string& consumer, std::vector<Uuid> ids);

}  // namespace quittance::events

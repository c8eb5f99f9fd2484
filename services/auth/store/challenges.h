// Rows of challenges: a password was right, a code is still missing. Invariant: tries are counted under the row's lock; a challenge that is
// done, over or tried too often gives nothing.
#pragma once

#include <optional>
#include <vector>

#include "common/db/tx.h"

namespace quittance::auth::store {

struct Challenge {
  TenantId tenant;
  Uuid id;
  UserId user;
  std::string secret_hash;
  std::vector<std::string> amr;  // of the first factor
  std::int64_t epoch = 0;        // of the account when it was given
  std::optional<Uuid> device;    // known one that it was given on
  int tries = 0;
  bool done = false;
  TimePoint created{};
  TimePoint expires{};
};

void InsertChallenge(db::Tx& tx, const Challenge& challenge);
std::optional<Challenge> LockChallenge(db::Tx& tx, TenantId tenant, const Uuid& id);
void CountChallengeTry(db::Tx& tx, const Challenge& challenge);
void FinishChallenge(db::Tx& tx, const Challenge& challenge, TimePoint now);

}  // namespace quittance::auth::store

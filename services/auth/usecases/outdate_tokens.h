// Ends everything that somebody is logged in with: a higher epoch outdates refresh tokens at once and access tokens with the next trust
// poll. Shared by all that changes who may be in: password, roles, freezing, revocation, erasure. Invariant: an epoch only rises, and a
// person's new one is above their tenant's, so that neither hides the other.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/user.h"

namespace quittance::auth {

// In the transaction that holds the user's lock: raises epoch and version, with revocation row, event and audit row. `reason`: password,
// roles, frozen, revoked, erased.
void OutdateTokens(Deps& deps, db::Tx& tx, UserFacts& user, std::string_view reason, const Cause& cause, TimePoint now);

}  // namespace quittance::auth

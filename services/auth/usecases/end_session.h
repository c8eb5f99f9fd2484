// Ends a session before its time: refresh at once, access tokens within the trust poll. Shared by Logout, RefreshToken and Login.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/session.h"

namespace quittance::auth {

// In the transaction that holds the session's lock. `reason`: logout, reuse, limit, revoked.
void EndSession(Deps& deps, db::Tx& tx, const Session& session, std::string_view reason, const Cause& cause, TimePoint now);

}  // namespace quittance::auth

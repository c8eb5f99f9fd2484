// Logout: ends the session of the token that makes the call.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"

namespace quittance::auth {

struct LogoutCommand {
  Caller caller;
  Cause cause;
};

// A session that is over already stays over. PERMISSION_DENIED for callers without a session.
Task<Result<void>> Logout(Deps& deps, LogoutCommand command);

}  // namespace quittance::auth

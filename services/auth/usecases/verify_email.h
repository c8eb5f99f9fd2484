// VerifyEmail: proves an address and puts the password in force that came with the proof's sign-up.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"

namespace quittance::auth {

struct VerifyEmailCommand {
  Cause cause;
  std::string token;
};

// UNAUTHENTICATED for a token that is unknown, used or old.
Task<Result<void>> VerifyEmail(Deps& deps, VerifyEmailCommand command);

}  // namespace quittance::auth

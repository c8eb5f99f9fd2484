// RefreshToken: rotates a refresh token of a session's family.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/usecases/token_pair.h"

namespace quittance::auth {

struct RefreshTokenCommand {
  Cause cause;
  std::string refresh_token;
};

// UNAUTHENTICATED CREDENTIALS_INVALID for everything that does not rotate; a token that was spent before ends its family, for good, first.
Task<Result<TokenPair>> RefreshToken(Deps& deps, RefreshTokenCommand command);

}  // namespace quittance::auth

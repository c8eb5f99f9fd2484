// Login: address and password for a session and its first tokens.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/usecases/token_pair.h"

namespace quittance::auth {

struct LoginCommand {
  Cause cause;
  std::string tenant;  // code
  std::string email;
  Secret password;
};

// UNAUTHENTICATED CREDENTIALS_INVALID whatever was wrong, after the time of one password hash; OVERLOADED for everybody alike.
Task<Result<TokenPair>> Login(Deps& deps, LoginCommand command);

}  // namespace quittance::auth

// Login: address and password for a session and its first tokens, or for the challenge of a second factor.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/usecases/admit.h"

namespace quittance::auth {

struct LoginCommand {
  Cause cause;
  std::string tenant;  // code
  std::string email;
  Secret password;
  std::string device_token = {};         // of an earlier login on this device
  std::string client_address_hash = {};  // empty: not counted
};

// UNAUTHENTICATED CREDENTIALS_INVALID whatever was wrong, after the time of one password hash; OVERLOADED for everybody alike.
Task<Result<LoginReply>> Login(Deps& deps, LoginCommand command);

}  // namespace quittance::auth

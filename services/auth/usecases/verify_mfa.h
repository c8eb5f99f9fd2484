// VerifyMfa: the challenge of a login and a code of the second factor for a session. Five tries a challenge, twenty a day an account.
#pragma once

#include "services/auth/usecases/admit.h"

namespace quittance::auth {

struct VerifyMfaCommand {
  Cause cause;
  std::string mfa_token;
  std::string code;  // six digits, or a recovery code
  std::string device_token = {};
};

// UNAUTHENTICATED CREDENTIALS_INVALID whatever was wrong; a wrong code is counted before it is refused.
Task<Result<LoginReply>> VerifyMfa(Deps& deps, VerifyMfaCommand command);

}  // namespace quittance::auth

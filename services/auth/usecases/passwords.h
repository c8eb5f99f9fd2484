// Passwords that change: asked for by mail, reset with the mail's token, changed by somebody who knows the old one.
// Invariant: a new password ends every session; the answer to a request never tells whether the address exists, by text or by time.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"

namespace quittance::auth {

inline constexpr Duration kResetTokenLife = std::chrono::hours(1);

struct RequestPasswordResetCommand {
  Cause cause;
  std::string tenant;  // code
  std::string email;
};
Task<Result<void>> RequestPasswordReset(Deps& deps, RequestPasswordResetCommand command);

struct ResetPasswordCommand {
  Cause cause;
  std::string token;
  Secret new_password;
};
// CREDENTIALS_INVALID for a token that is unknown, used, old, or not the newest.
Task<Result<void>> ResetPassword(Deps& deps, ResetPasswordCommand command);

struct ChangePasswordCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  Secret current_password;
  Secret new_password;
};
// CREDENTIALS_INVALID for a wrong current one; wrong ones count as failed logins do.
Task<Result<db::Reply>> ChangePassword(Deps& deps, ChangePasswordCommand command);

}  // namespace quittance::auth

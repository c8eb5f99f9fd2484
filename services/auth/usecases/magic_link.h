// Login without a password: a link by mail that works once, for 15 minutes, in the browser that asked for it.
#pragma once

#include "services/auth/usecases/admit.h"

namespace quittance::auth {

inline constexpr Duration kMagicLinkLife = std::chrono::minutes(15);

struct RequestMagicLinkCommand {
  Cause cause;
  std::string tenant;  // code
  std::string email;
  std::string nonce;  // 16 to 128 characters that the browser keeps
};
Task<Result<void>> RequestMagicLink(Deps& deps, RequestMagicLinkCommand command);

struct LoginWithMagicLinkCommand {
  Cause cause;
  std::string token;
  std::string nonce;
  std::string device_token = {};
};
// A second factor is asked for as after a password. CREDENTIALS_INVALID whatever was wrong.
Task<Result<LoginReply>> LoginWithMagicLink(Deps& deps, LoginWithMagicLinkCommand command);

}  // namespace quittance::auth

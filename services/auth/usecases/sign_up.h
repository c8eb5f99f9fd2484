// SignUp: registers an address. The answer never tells whether the address exists; a mail tells its owner.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"

namespace quittance::auth {

inline constexpr Duration kEmailTokenLife = std::chrono::hours(24);

struct SignUpCommand {
  Cause cause;
  std::string tenant;  // code
  std::string email;
  Secret password;
  std::string locale;
};

// SIGN_UP_CLOSED where the tenant takes none; OVERLOADED when too many passwords wait to be hashed.
Task<Result<void>> SignUp(Deps& deps, SignUpCommand command);

}  // namespace quittance::auth

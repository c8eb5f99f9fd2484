// LoginWithIdToken: an issuer that the tenant trusts says who somebody is. Invariant: an account is linked, or made, only for an address
// that the issuer says it has verified; a second factor is asked for as after a password.
#pragma once

#include "services/auth/usecases/admit.h"

namespace quittance::auth {

struct LoginWithIdTokenCommand {
  Cause cause;
  std::string tenant;    // code
  std::string provider;  // oidc.<provider>.* of the tenant's settings
  std::string id_token;
  std::string nonce;  // what the request to the issuer was made with
  std::string device_token = {};
};
// CREDENTIALS_INVALID whatever was wrong with the token; SIGN_UP_CLOSED where a new account would be made and none is taken; UNAVAILABLE
// while the issuer does not give its keys.
Task<Result<LoginReply>> LoginWithIdToken(Deps& deps, LoginWithIdTokenCommand command);

}  // namespace quittance::auth

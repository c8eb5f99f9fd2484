// ExchangeClientCredentials: client id and secret of a service account for an access token.
#pragma once

#include "services/auth/deps.h"
#include "services/auth/usecases/token_pair.h"

namespace quittance::auth {

struct ExchangeClientCredentialsCommand {
  std::string client_id;
  Secret client_secret;
  std::string scope;  // a part of the account's, separated by blanks; empty: all
};

// UNAUTHENTICATED CREDENTIALS_INVALID whatever was wrong with id or secret, also for an account that is disabled or over.
Task<Result<TokenPair>> ExchangeClientCredentials(Deps& deps, ExchangeClientCredentialsCommand command);

}  // namespace quittance::auth

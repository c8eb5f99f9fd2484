// The keys that sign access tokens: made at the first start, loaded, shown as a JWK set (GetJwks).
#pragma once

#include "services/auth/deps.h"

namespace quittance::auth {

// Makes the first key if there is none (replicas that start together agree on one) and loads the active one into the signer.
Task<void> LoadSigningKeys(Deps& deps);

// RFC 7517, ready to be served.
Task<Result<std::string>> GetJwks(Deps& deps);

}  // namespace quittance::auth

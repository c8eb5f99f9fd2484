// The one answer to wrong credentials of whatever kind. Invariant: the same code, reason and text for all, so that nothing can be learned
// from it.
#pragma once

#include "common/core/error.h"

namespace quittance::auth {

inline Error CredentialsInvalid() { return Unauthenticated(Reason::kCredentialsInvalid, "the credentials are not valid"); }

}  // namespace quittance::auth

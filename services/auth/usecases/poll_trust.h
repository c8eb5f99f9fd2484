// PollTrust: what changed since a cursor: revocations and tenants; the key set is always whole. Asked by every process, and by auth's own
// edge.
#pragma once

#include "services/auth/deps.h"
#include "services/auth/domain/revocation.h"
#include "services/auth/domain/tenant.h"

namespace quittance::auth {

struct TrustNews {
  std::string cursor;
  std::vector<SigningKey> keys;
  std::vector<Revocation> revocations;
  std::vector<Tenant> tenants;
};

// INVALID_ARGUMENT for a cursor that is not one of ours.
Task<Result<TrustNews>> PollTrust(Deps& deps, std::string cursor);

}  // namespace quittance::auth

// Tenants as operators see and set them. Operators of the platform name one; everybody else has the one of their token.
// Invariant: what is set reaches every process with its next trust poll.
#pragma once

#include "common/core/caller.h"
#include "common/core/page.h"
#include "services/auth/deps.h"
#include "services/auth/domain/tenant.h"

namespace quittance::auth {

struct GetTenantQuery {
  Caller caller;
  std::string tenant_id;  // empty: the caller's
};
Task<Result<Tenant>> GetTenant(Deps& deps, GetTenantQuery query);

struct TenantList {
  std::vector<Tenant> tenants;  // by creation
  std::string next_page_token;
};
struct ListTenantsQuery {
  std::int32_t page_size = 0;
  std::string page_token;
};
Task<Result<TenantList>> ListTenants(Deps& deps, ListTenantsQuery query);

struct UpdateTenantCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string tenant_id;  // empty: the caller's
  std::string etag;       // empty: whatever it is
  TenantChange change;
};
// ABORTED ETAG_MISMATCH when somebody else was first.
Task<Result<db::Reply>> UpdateTenant(Deps& deps, UpdateTenantCommand command);

struct RevokeAllCredentialsCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string tenant_id;  // empty: the caller's
};
// The incident switch: every session and every secret of the tenant is over, but for the break-glass account.
Task<Result<db::Reply>> RevokeAllCredentials(Deps& deps, RevokeAllCredentialsCommand command);

// The tenant that an operator asks about; somebody else's is as one that does not exist.
Result<TenantId> TenantOf(const Caller& caller, const std::string& requested);

}  // namespace quittance::auth

// Rows of tenants and their roles. Tenants can be read from any scope (rpcs before login name one by its code), and written in their own
// only.
#pragma once

#include <optional>
#include <vector>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "services/auth/domain/tenant.h"

namespace quittance::auth::store {

// With the default roles. False: the code is taken.
bool InsertTenant(db::Tx& tx, const Tenant& tenant);

std::optional<Tenant> FindTenantByCode(db::Tx& tx, std::string_view code);
std::optional<Tenant> LockTenant(db::Tx& tx, TenantId id);  // FOR UPDATE
std::vector<Tenant> ListTenants(db::Tx& tx, const PageRequest& page);
// Of a locked one whose version was raised.
void SaveTenant(db::Tx& tx, const Tenant& tenant);
// Of the tenant and everybody in it.
std::int64_t HighestEpoch(db::Tx& tx, TenantId id);
// Keeps the tenant's epoch from being drawn until the end of the transaction.
std::int64_t ShareTenantEpoch(db::Tx& tx, TenantId id);
std::optional<Tenant> FindTenant(db::Tx& tx, TenantId id);

}  // namespace quittance::auth::store

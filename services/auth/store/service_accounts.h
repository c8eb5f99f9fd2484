// Rows of accounts of machines and their secrets.
#pragma once

#include <optional>
#include <vector>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "services/auth/domain/service_account.h"

namespace quittance::auth::store {

// With its first secret, of which only the hash is kept.
void InsertServiceAccount(db::Tx& tx, const ServiceAccount& account, std::string_view created_by, const Uuid& secret_id,
                          std::string_view secret_hash);

bool HasBreakGlass(db::Tx& tx, TenantId tenant);
std::optional<ServiceAccount> LockServiceAccount(db::Tx& tx, TenantId tenant, ServiceAccountId id);
std::vector<ServiceAccount> ListServiceAccounts(db::Tx& tx, TenantId tenant, const PageRequest& page);
// The newest one before it works until `overlap_end` at most, older ones no more.
void AddSecret(db::Tx& tx, const ServiceAccount& account, const Uuid& secret_id, std::string_view secret_hash, TimePoint overlap_end,
               TimePoint now);
void DisableServiceAccount(db::Tx& tx, const ServiceAccount& account, TimePoint now);  // with its epoch
// Of every account of the tenant but the break-glass one; how many accounts that were.
int EndSecrets(db::Tx& tx, TenantId tenant, TimePoint now);
inline constexpr Duration kUsedEvery = std::chrono::minutes(1);  // so coarse, an exchange is a read
void MarkUsed(db::Tx& tx, const ServiceAccount& account, TimePoint now);

struct StoredAccount {
  ServiceAccount account;
  std::int64_t tenant_epoch = 0;
  std::vector<std::string> secret_hashes;  // those that work at `now`
};

// By id alone: the system role only (a client id names no tenant).
std::optional<StoredAccount> FindServiceAccount(db::Tx& tx, ServiceAccountId id, TimePoint now);

}  // namespace quittance::auth::store

// Rows of accounts of machines and their secrets.
#pragma once

#include <optional>
#include <vector>

#include "common/db/tx.h"
#include "services/auth/domain/service_account.h"

namespace quittance::auth::store {

// With its first secret, of which only the hash is kept.
void InsertServiceAccount(db::Tx& tx, const ServiceAccount& account, std::string_view created_by, const Uuid& secret_id,
                          std::string_view secret_hash);

struct StoredAccount {
  ServiceAccount account;
  std::int64_t tenant_epoch = 0;
  std::vector<std::string> secret_hashes;  // those that work at `now`
};

// By id alone: the system role only (a client id names no tenant).
std::optional<StoredAccount> FindServiceAccount(db::Tx& tx, ServiceAccountId id, TimePoint now);

}  // namespace quittance::auth::store

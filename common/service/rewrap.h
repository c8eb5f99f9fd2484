// The keyring's rotation: data keys that are still wrapped by an older key are wrapped anew by the newest. An online job: it can stop
// anywhere and go on, and run twice at once. Invariant: a row is written only if it still holds the bytes that were read; what was sealed
// under a data key stays as it is and stays readable all the while.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/crypto/envelope.h"
#include "common/db/database.h"
#include "common/jobs/jobs.h"

namespace quittance::service {

// A table of wrapped keys: tenant_id, `id_column` (may be tenant_id itself) and wrapped_key; a key's owner is `prefix`_<id>.
struct WrappedKeys {
  std::string table;
  std::string id_column;
  std::string prefix;
};
inline const WrappedKeys kTenantKeys{"tenant_keys", "tenant_id", "ten"};  // of settings, in every database

// Goes through the table once; gives how many keys were wrapped anew. A key that does not open is counted, logged and left.
Task<int> RewrapKeys(db::Database& system, const crypto::Keyring& keyring, const WrappedKeys& keys, metrics::Registry& metrics);

// A job table with one such job for each of `tables` behind it.
std::vector<jobs::Job> WithRewrap(std::vector<jobs::Job> table, db::Database& system, std::shared_ptr<const crypto::Keyring> keyring,
                                  const std::vector<WrappedKeys>& tables, metrics::Registry& metrics);

}  // namespace quittance::service

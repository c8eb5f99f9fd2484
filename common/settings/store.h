// Tables settings and tenant_keys. Invariant: a value is sealed for its tenant and key before it reaches the database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/crypto/envelope.h"
#include "common/db/tx.h"
#include "common/settings/settings.h"

namespace quittance::settings::store {

struct Stored {
  std::string key;
  std::string value;  // clear
  std::string key_id;
  std::int64_t version = 0;
  std::string updated_by;
  TimePoint updated_at{};
};

// All of the tenant, or those whose keys begin with `prefix`; in order of their keys.
std::vector<Stored> List(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, std::string_view prefix = "");
std::optional<Stored> Find(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const std::string& key);

// The version of the row, locked; 0 if there is none.
std::int64_t LockVersion(db::Tx& tx, TenantId tenant, const std::string& key);

// Writes `value` over whatever is there; the row as it is now.
Stored Put(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const std::string& key, const std::string& value,
           const std::string& by, TimePoint now);

void Delete(db::Tx& tx, TenantId tenant, const std::string& key);

// A proposed change with what it would store; no value: it deletes.
struct StoredChange {
  Change change;
  std::optional<std::string> value;  // clear
  std::int64_t version = 0;          // of the setting when it was proposed
};
// Over the change of this key that stood before.
void PutChange(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, const Change& change, const std::optional<std::string>& value,
               std::int64_t version);
std::optional<StoredChange> LockChange(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring, ChangeId id);
void DeleteChange(db::Tx& tx, TenantId tenant, ChangeId id);
std::vector<Change> ListChanges(db::Tx& tx, TenantId tenant, TimePoint proposed_after);

}  // namespace quittance::settings::store

// What other processes poll: signing keys, revocations and tenants that changed. System role only.
// Invariant: a change is given at least once to every poller that hands its last cursor back, however late its transaction commits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/db/tx.h"
#include "services/auth/domain/revocation.h"
#include "services/auth/domain/signing_key.h"
#include "services/auth/domain/tenant.h"

namespace quittance::auth::store {

// False: another one is active already (another replica was first).
bool InsertSigningKey(db::Tx& tx, const SigningKey& key);
// Two steps of a rotation wait for each other here.
void LockSigningKeys(db::Tx& tx);
// The one that signed until now is retired.
void ActivateSigningKey(db::Tx& tx, const std::string& kid, TimePoint now);
void DeleteRetiredKeys(db::Tx& tx);
// All that verify, newest first.
std::vector<SigningKey> FindSigningKeys(db::Tx& tx);

struct Changes {
  std::string cursor;
  std::vector<Revocation> revocations;  // those that still matter at `now`
  std::vector<Tenant> tenants;
};

// `cursor` empty, or of a database that this one is an older copy of: everything.
Changes FindChanges(db::Tx& tx, const std::string& cursor, TimePoint now);

// A cursor of ours: a transaction id in decimal digits.
bool IsCursor(std::string_view text);

}  // namespace quittance::auth::store

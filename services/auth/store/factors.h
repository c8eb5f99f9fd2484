// Rows of second factors and recovery codes. Invariant: `last_step` only rises, and a code is used up by one statement that says so.
#pragma once

#include <optional>
#include <vector>

#include "common/db/tx.h"
#include "services/auth/domain/factor.h"

namespace quittance::auth::store {

// Replaces one of the same kind that was never confirmed.
void InsertFactor(db::Tx& tx, const Factor& factor);
// All of a person, oldest first.
std::vector<Factor> FindFactors(db::Tx& tx, TenantId tenant, UserId user);
std::optional<Factor> LockFactor(db::Tx& tx, TenantId tenant, UserId user, FactorId id);
// With the step that proved it.
void ConfirmFactor(db::Tx& tx, const Factor& factor, std::int64_t step, TimePoint now);
void DeleteFactor(db::Tx& tx, const Factor& factor);

// False: this step or a later one is spent already.
bool SpendStep(db::Tx& tx, const Factor& factor, std::int64_t step);

void ReplaceRecoveryCodes(db::Tx& tx, TenantId tenant, UserId user, const std::vector<std::string>& hashes, TimePoint now);
int CountRecoveryCodes(db::Tx& tx, TenantId tenant, UserId user);
// False: there is none, or it was used.
bool SpendRecoveryCode(db::Tx& tx, TenantId tenant, UserId user, std::string_view hash, TimePoint now);

}  // namespace quittance::auth::store

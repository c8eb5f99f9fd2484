// Rows of login_throttles. Invariant: a row is read under its lock and written in the same transaction, so that tries on all replicas are
// counted one after the other. Callers lock the bucket of the account before that of the client address.
#pragma once

#include "common/db/tx.h"
#include "services/auth/domain/throttle.h"

namespace quittance::auth::store {

// Counts a try in its bucket.
ThrottleVerdict TakeTry(db::Tx& tx, TenantId tenant, std::string_view bucket, const ThrottlePolicy& policy, TimePoint now);
// Gives one back that turned out not to be a failure, or was never judged: with all that it changed if nobody has tried since, else one
// failure less. A delay or a lock that other tries have made stays.
void ReturnTry(db::Tx& tx, TenantId tenant, std::string_view bucket, const ThrottleVerdict& taken, const ThrottlePolicy& policy);
// The right password, or a proof by mail: counts from nothing again.
void ForgetTries(db::Tx& tx, TenantId tenant, std::string_view bucket);

}  // namespace quittance::auth::store

// The limits of signing in, for one try: the bucket of the account, or of a device that the account knows, and the bucket of the client's
// address. Invariant: names that exist and names that do not are counted alike; a known device is counted for itself alone, so that no
// stranger can lock its owner out.
#pragma once

#include <optional>

#include "services/auth/deps.h"
#include "services/auth/domain/throttle.h"

namespace quittance::auth {

struct SignInTry {
  TenantId tenant;
  std::string account;  // bucket
  std::string address;  // bucket; empty: not counted
  ThrottleVerdict at_account, at_address;
  bool may_try = false;             // else refuse, after the same time
  std::optional<TimePoint> locked;  // this try locked the account, until then
};

// Counts the try. `device`: one that this account knows. `address_hash`: the client's, empty if unknown.
SignInTry TakeSignInTry(Deps& deps, db::Tx& tx, TenantId tenant, const std::string& email, const std::optional<Uuid>& device,
                        const std::string& address_hash, TimePoint now);

// The password was right: the account counts from nothing, the address gets its try back.
void SucceedSignIn(db::Tx& tx, const SignInTry& attempt);

// It was never judged.
Task<void> ReturnSignInTry(Deps& deps, SignInTry attempt);

}  // namespace quittance::auth

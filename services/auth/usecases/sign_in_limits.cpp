// Account before address, everywhere: two tries cannot wait for each other.
#include "services/auth/usecases/sign_in_limits.h"

#include "services/auth/domain/contact.h"
#include "services/auth/store/throttles.h"

namespace quittance::auth {

SignInTry TakeSignInTry(Deps& deps, db::Tx& tx, TenantId tenant, const std::string& email, const std::optional<Uuid>& device,
                        const std::string& address_hash, TimePoint now) {
  const std::string name = NormalizedEmail(email);
  SignInTry attempt{.tenant = tenant, .account = {}, .address = {}, .locked = {}};
  attempt.account =
      device ? deps.vault.ThrottleBucket(tenant, "device", device->Hex() + ":" + name) : deps.vault.ThrottleBucket(tenant, "account", name);
  const ThrottleVerdict account = store::TakeTry(tx, tenant, attempt.account, kAccountPolicy, now);
  attempt.may_try = account.may_try;
  if (account.locked_now) attempt.locked = account.after.open;
  if (device || address_hash.empty()) return attempt;
  attempt.address = deps.vault.ThrottleBucket(tenant, "address", address_hash);
  attempt.may_try &= store::TakeTry(tx, tenant, attempt.address, kAddressPolicy, now).may_try;
  return attempt;
}

void SucceedSignIn(db::Tx& tx, const SignInTry& attempt, TimePoint now) {
  store::ForgetTries(tx, attempt.tenant, attempt.account);
  if (!attempt.address.empty()) store::ReturnTry(tx, attempt.tenant, attempt.address, now);
}

Task<void> ReturnSignInTry(Deps& deps, SignInTry attempt, TimePoint now) {
  co_await deps.db.Transact(db::Scope::Of(attempt.tenant), [&attempt, now](db::Tx& tx) {
    store::ReturnTry(tx, attempt.tenant, attempt.account, now);
    if (!attempt.address.empty()) store::ReturnTry(tx, attempt.tenant, attempt.address, now);
  });
}

}  // namespace quittance::auth

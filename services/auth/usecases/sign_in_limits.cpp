// Account before address, everywhere: two tries cannot wait for each other.
#include "services/auth/usecases/sign_in_limits.h"

#include "services/auth/domain/contact.h"
#include "services/auth/store/throttles.h"

namespace quittance::auth {

SignInTry TakeSignInTry(Deps& deps, db::Tx& tx, TenantId tenant, const std::string& email, const std::optional<Uuid>& device,
                        const std::string& address_hash, TimePoint now) {
  const std::string name = NormalizedEmail(email);
  SignInTry attempt{.tenant = tenant, .account = {}, .address = {}, .at_account = {}, .at_address = {}, .locked = {}};
  attempt.account =
      device ? deps.vault.ThrottleBucket(tenant, "device", device->Hex() + ":" + name) : deps.vault.ThrottleBucket(tenant, "account", name);
  attempt.at_account = store::TakeTry(tx, tenant, attempt.account, kAccountPolicy, now);
  attempt.may_try = attempt.at_account.may_try;
  if (attempt.at_account.locked_now) attempt.locked = attempt.at_account.after.open;
  if (device || address_hash.empty()) return attempt;
  attempt.address = deps.vault.ThrottleBucket(tenant, "address", address_hash);
  attempt.at_address = store::TakeTry(tx, tenant, attempt.address, kAddressPolicy, now);
  attempt.may_try &= attempt.at_address.may_try;
  return attempt;
}

void SucceedSignIn(db::Tx& tx, const SignInTry& attempt) {
  store::ForgetTries(tx, attempt.tenant, attempt.account);
  if (!attempt.address.empty()) store::ReturnTry(tx, attempt.tenant, attempt.address, attempt.at_address, kAddressPolicy);
}

Task<void> ReturnSignInTry(Deps& deps, SignInTry attempt) {
  co_await deps.db.Transact(db::Scope::Of(attempt.tenant), [&attempt](db::Tx& tx) {
    store::ReturnTry(tx, attempt.tenant, attempt.account, attempt.at_account, kAccountPolicy);
    if (!attempt.address.empty()) store::ReturnTry(tx, attempt.tenant, attempt.address, attempt.at_address, kAddressPolicy);
  });
}

}  // namespace quittance::auth

// Signing keys: system role, because they are the platform's and belong to no tenant.
#include "services/auth/usecases/signing_keys.h"

#include <algorithm>

#include "services/auth/store/trust.h"

namespace quittance::auth {

Task<void> LoadSigningKeys(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const SigningKey fresh = NewSigningKey(deps.vault, now);
  const auto keys = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) {
    auto stored = store::FindSigningKeys(tx);
    const bool have = std::any_of(stored.begin(), stored.end(), [](const SigningKey& key) { return key.state == KeyState::kActive; });
    if (have) return stored;
    store::InsertSigningKey(tx, fresh);
    return store::FindSigningKeys(tx);
  });
  deps.signer.Load(keys);
}

// Under HS256 nobody outside can verify, and no key is shown that a token could be made for.
Task<Result<std::string>> GetJwks(Deps& deps) {
  if (deps.signer.UsesSecrets()) co_return Jwks({});
  const auto keys = co_await deps.system.Transact(db::Scope::System(), [](db::Tx& tx) { return store::FindSigningKeys(tx); });
  co_return Jwks(keys);
}

}  // namespace quittance::auth

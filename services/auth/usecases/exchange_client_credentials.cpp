// ExchangeClientCredentials: a client id names no tenant, so the look-up is one read of the system role; once a minute it leaves the time.
#include "services/auth/usecases/exchange_client_credentials.h"

#include <algorithm>

#include "common/core/crash_point.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/store/service_accounts.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kSecretBytesMax = 256;

// Every stored hash is compared, whichever fits.
bool AnyMatches(std::string_view secret, const std::vector<std::string>& hashes) {
  bool fits = false;
  for (const std::string& hash : hashes) fits |= SecretMatches(secret, hash);
  return fits;
}

}  // namespace

Task<Result<TokenPair>> ExchangeClientCredentials(Deps& deps, ExchangeClientCredentialsCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto id = ServiceAccountId::Parse(command.client_id, "client_id");
  if (!id || command.client_secret.Reveal().size() > kSecretBytesMax) co_return CredentialsInvalid();
  const auto stored =
      co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { return store::FindServiceAccount(tx, *id, now); });
  if (!stored || !AnyMatches(command.client_secret.Reveal(), stored->secret_hashes)) co_return CredentialsInvalid();
  if (!Usable(stored->account, now)) co_return CredentialsInvalid();

  std::vector<std::string> scopes = stored->account.scopes;
  if (!command.scope.empty()) {
    auto asked = ParseScopes(SplitScopes(command.scope), "scope");
    if (!asked) co_return asked.error();
    if (!std::includes(scopes.begin(), scopes.end(), asked->begin(), asked->end())) {
      co_return InvalidField("scope", "must be a part of the account's scopes");
    }
    scopes = *asked;
  }
  const bool told = stored->account.used && now < *stored->account.used + store::kUsedEvery;
  if (!told) co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { store::MarkUsed(tx, stored->account, now); });
  QUITTANCE_CRASH_POINT("auth.exchange.verified");
  co_return IssueTokens(deps, stored->account, scopes, stored->tenant_epoch, now);
}

}  // namespace quittance::auth

// RefreshToken. The transaction returns the verdict as a value and never a refusal, so that a revocation is committed before the caller is
// told. The successor's secret is HMAC(server key, parent's secret, successor's id): a repeated request gets the same one, and no secret is
// stored.
#include "services/auth/usecases/refresh_token.h"

#include <algorithm>

#include "services/auth/domain/scopes.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/end_session.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {
namespace {

struct Outcome {
  RefreshVerdict verdict = RefreshVerdict::kRefuse;
  Session session;
  UserFacts user;
  std::vector<std::string> scopes;
  std::int64_t tenant_epoch = 0;
  OpaqueToken successor;
};

std::optional<FamilyToken> FindSuccessor(db::Tx& tx, TenantId tenant, const store::StoredToken& presented) {
  if (!presented.token.successor) return std::nullopt;
  const auto successor = store::FindRefreshToken(tx, tenant, *presented.token.successor);
  if (!successor) return std::nullopt;
  return successor->token;
}

// Spends the presented token; the family's lock is held.
void Rotate(Deps& deps, db::Tx& tx, const OpaqueToken& presented, Outcome& outcome, TimePoint now) {
  const Uuid id = deps.ids.Next();
  outcome.successor = {presented.tenant, id, Secret(deps.vault.SuccessorSecret(presented.secret.Reveal(), id))};
  store::SpendRefreshToken(tx, presented.tenant, presented.id, id, now);
  const FamilyToken token{.id = id, .used = {}, .successor = {}, .expires = RefreshExpiry(outcome.session, now)};
  store::InsertRefreshToken(tx, outcome.session, token, HashSecret(outcome.successor.secret.Reveal()), presented.id, now);
}

// The same successor again. A server key that changed since the rotation cannot derive it: then nothing is given and nothing changes.
void Repeat(Deps& deps, db::Tx& tx, const OpaqueToken& presented, const Uuid& successor, Outcome& outcome) {
  outcome.successor = {presented.tenant, successor, Secret(deps.vault.SuccessorSecret(presented.secret.Reveal(), successor))};
  const auto stored = store::FindRefreshToken(tx, presented.tenant, successor);
  if (!stored || !SecretMatches(outcome.successor.secret.Reveal(), stored->secret_hash)) outcome.verdict = RefreshVerdict::kRefuse;
}

Outcome Present(Deps& deps, db::Tx& tx, const OpaqueToken& presented, const Cause& cause, TimePoint now) {
  const auto found = store::FindRefreshToken(tx, presented.tenant, presented.id);
  if (!found || !SecretMatches(presented.secret.Reveal(), found->secret_hash)) return {};
  const auto session = store::LockSession(tx, presented.tenant, found->session);
  const auto token = store::FindRefreshToken(tx, presented.tenant, presented.id);  // again, under the lock
  if (!session || !token) return {};
  const auto user = store::FindUser(tx, presented.tenant, session->user);
  const auto tenant = store::FindTenant(tx, presented.tenant);
  if (!user || !tenant || user->facts.status != UserStatus::kActive) return {};

  if (session->epoch < std::max(user->facts.epoch, tenant->epoch)) return {};

  Outcome outcome{.session = *session, .user = user->facts, .scopes = {}, .tenant_epoch = tenant->epoch, .successor = {}};
  outcome.scopes = CommonScopes(session->scopes, store::FindUserScopes(tx, presented.tenant, session->user));
  outcome.verdict = DecideRefresh(*session, token->token, FindSuccessor(tx, presented.tenant, *token), now);
  switch (outcome.verdict) {
    case RefreshVerdict::kRotate:
      Rotate(deps, tx, presented, outcome, now);
      break;
    case RefreshVerdict::kRepeat:
      Repeat(deps, tx, presented, *token->token.successor, outcome);
      break;
    case RefreshVerdict::kReuse:
      EndSession(deps, tx, *session, "reuse", {session->user.ToString(), cause.traceparent}, now);
      break;
    case RefreshVerdict::kRefuse:
      break;
  }
  return outcome;
}

}  // namespace

Task<Result<TokenPair>> RefreshToken(Deps& deps, RefreshTokenCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto presented = ParseToken(kRefreshTokenPrefix, command.refresh_token);
  if (!presented) co_return CredentialsInvalid();
  const Outcome outcome = co_await deps.db.Transact(db::Scope::Of(presented->tenant),
                                                    [&](db::Tx& tx) { return Present(deps, tx, *presented, command.cause, now); });
  if (outcome.verdict != RefreshVerdict::kRotate && outcome.verdict != RefreshVerdict::kRepeat) co_return CredentialsInvalid();
  co_return IssueTokens(deps, outcome.session, outcome.user, outcome.scopes, outcome.tenant_epoch, outcome.successor, now);
}

}  // namespace quittance::auth

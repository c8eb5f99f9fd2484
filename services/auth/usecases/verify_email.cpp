// VerifyEmail: the secret is compared before anything changes; a refusal rolls back and leaves the proof as it was.
#include "services/auth/usecases/verify_email.h"

#include "common/audit/audit.h"
#include "services/auth/events.h"
#include "services/auth/store/email_tokens.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {

Task<Result<void>> VerifyEmail(Deps& deps, VerifyEmailCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto token = ParseToken(kEmailTokenPrefix, command.token);
  if (!token) co_return CredentialsInvalid();
  auto verified = co_await deps.db.Transact(db::Scope::Of(token->tenant), [&](db::Tx& tx) -> Result<void> {
    const auto found = store::FindEmailToken(tx, token->tenant, token->id);
    if (!found || !SecretMatches(token->secret.Reveal(), found->secret_hash)) return CredentialsInvalid();
    const auto user = store::LockUser(tx, token->tenant, found->user);
    const auto proof = store::FindEmailToken(tx, token->tenant, token->id);  // again, under the lock
    if (!proof || proof->used || now >= proof->expires) return CredentialsInvalid();
    if (!user || user->facts.status != UserStatus::kActive || user->facts.email_verified) return CredentialsInvalid();

    UserFacts facts = user->facts;
    facts.email_verified = true;
    facts.version += 1;
    facts.updated = now;
    const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
    store::SpendEmailToken(tx, *proof, now);
    store::SaveVerifiedUser(tx, facts, proof->password_hash, events::UserVerified(facts, mark));
    audit::Append(tx, {.tenant = facts.tenant,
                       .time = now,
                       .cause = {facts.id.ToString(), command.cause.traceparent},
                       .action = "VerifyEmail",
                       .subject = facts.id.ToString(),
                       .detail = "",
                       .event = mark.id});
    return {};
  });
  co_return verified;
}

}  // namespace quittance::auth

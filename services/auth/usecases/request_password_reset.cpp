// RequestPasswordReset: the mail goes out through the event; the answer waits for one moment that is the same for every address.
#include "common/async/executor.h"
#include "common/audit/audit.h"
#include "services/auth/domain/contact.h"
#include "services/auth/events.h"
#include "services/auth/store/mail_tokens.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/passwords.h"

namespace quittance::auth {
namespace {

void Send(Deps& deps, db::Tx& tx, const RequestPasswordResetCommand& command, TenantId tenant, const std::string& email, TimePoint now) {
  const std::string email_index = deps.vault.EmailIndex(tenant, email);
  const auto locked = store::LockLogin(tx, tenant, email_index);
  if (!locked || locked->facts.status != UserStatus::kActive || !locked->facts.email_verified) return;
  const auto kind = store::MailTokenKind::kReset;
  UserFacts user = locked->facts;
  if (store::CountMailTokens(tx, tenant, user.id, kind, now - std::chrono::hours(1)) >= kMailTokensPerHourMax) return;

  const OpaqueToken token{tenant, deps.ids.Next(), NewTokenSecret()};
  store::MailToken row{.tenant = tenant,
                       .id = token.id,
                       .user = user.id,
                       .kind = kind,
                       .secret_hash = HashSecret(token.secret.Reveal()),
                       .nonce_hash = std::nullopt,
                       .email_index = email_index,
                       .created = now,
                       .expires = now + kResetTokenLife};
  store::InsertMailToken(tx, row);
  user.version += 1;
  user.updated = now;
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  const std::string sealed = deps.vault.SealTokenForMail("PasswordResetRequested", user.id, Format(kResetTokenPrefix, token));
  store::SaveUser(tx, user, events::PasswordResetRequested(user, sealed, row.expires, mark));
  audit::Append(tx, {.tenant = tenant,
                     .time = now,
                     .cause = command.cause,
                     .action = "RequestPasswordReset",
                     .subject = user.id.ToString(),
                     .detail = "",
                     .event = mark.id});
}

}  // namespace

Task<Result<void>> RequestPasswordReset(Deps& deps, RequestPasswordResetCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto answer_at = std::chrono::steady_clock::now() + kAnswerAfter;
  const auto email = ParseEmail(command.email, "email");
  if (!email) co_return email.error();
  const db::Scope no_tenant;
  const auto tenant = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::FindTenantByCode(tx, command.tenant); });
  if (tenant) {
    co_await deps.db.Transact(db::Scope::Of(tenant->id), [&](db::Tx& tx) { Send(deps, tx, command, tenant->id, *email, now); });
  }
  const auto left = answer_at - std::chrono::steady_clock::now();
  if (left > std::chrono::steady_clock::duration::zero()) {
    co_await async::Sleep(std::chrono::duration_cast<std::chrono::milliseconds>(left));
  }
  co_return Result<void>();
}

}  // namespace quittance::auth

// ResetPassword and ChangePassword. The secret is compared before anything changes; hashing happens between two transactions, and what was
// checked before it is checked again under the lock.
#include "common/audit/audit.h"
#include "services/auth/domain/contact.h"
#include "services/auth/domain/password.h"
#include "services/auth/events.h"
#include "services/auth/store/throttles.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/mail_link.h"
#include "services/auth/usecases/outdate_tokens.h"
#include "services/auth/usecases/passwords.h"
#include "services/auth/usecases/refusals.h"
#include "services/auth/usecases/sign_in_limits.h"

namespace quittance::auth {
namespace {

constexpr auto kReset = store::MailTokenKind::kReset;

struct Account {
  store::StoredUser user;
  std::string email;
  std::optional<std::string> password_hash;
};

std::optional<Account> FindAccount(Deps& deps, db::Tx& tx, TenantId tenant, UserId id) {
  const auto user = store::FindUser(tx, tenant, id);
  const auto login = user ? store::FindLoginById(tx, tenant, id) : std::nullopt;
  if (!login || user->facts.status != UserStatus::kActive) return std::nullopt;
  return Account{*user, deps.vault.OpenPersonal(tenant, id, user->personal).email, login->password_hash};
}

// New password, every session over, the owner told.
void Put(Deps& deps, db::Tx& tx, UserFacts& user, const std::string& hash, const Cause& cause, const char* action, TimePoint now) {
  store::PutPasswordHash(tx, user.tenant, user.id, hash);
  OutdateTokens(deps, tx, user, "password", cause, now);
  user.version += 1;
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  store::SaveUser(tx, user, events::PasswordChanged(user, mark));
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = action,
                     .subject = user.id.ToString(),
                     .detail = "",
                     .event = mark.id});
}

}  // namespace

Task<Result<void>> ResetPassword(Deps& deps, ResetPasswordCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto token = ParseToken(kResetTokenPrefix, command.token);
  if (!token) co_return CredentialsInvalid();
  const db::Scope scope = db::Scope::Of(token->tenant);
  const auto account = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return FindLinkedAccount(deps, tx, *token, kReset, now); });
  if (!account) co_return CredentialsInvalid();
  if (const auto good = CheckNewPassword(command.new_password.Reveal(), account->email, "new_password"); !good) co_return good.error();
  const auto hash = co_await deps.passwords.Hash(command.new_password);
  if (!hash) co_return hash.error();
  auto done = co_await deps.db.Transact(scope, [&](db::Tx& tx) -> Result<void> {
    auto locked = store::LockUser(tx, token->tenant, account->user);
    const auto linked = FindLinkedAccount(deps, tx, *token, kReset, now);  // again, under the lock
    if (!locked || !linked || !store::SpendMailToken(tx, linked->token, now)) return CredentialsInvalid();
    // A proof by mail opens a locked account.
    store::ForgetTries(tx, token->tenant, deps.vault.ThrottleBucket(token->tenant, "account", NormalizedEmail(account->email)));
    Put(deps, tx, locked->facts, *hash, {locked->facts.id.ToString(), command.cause.traceparent}, "ResetPassword", now);
    return {};
  });
  co_return done;
}

Task<Result<db::Reply>> ChangePassword(Deps& deps, ChangePasswordCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const TenantId tenant = command.caller.tenant;
  const UserId id = *command.caller.user;
  if (const auto sent = CheckPresentedPassword(command.current_password.Reveal(), "current_password"); !sent) co_return sent.error();
  const db::Scope scope = db::Scope::Of(tenant);
  SignInTry attempt;
  const auto account = co_await deps.db.Transact(scope, [&](db::Tx& tx) {
    auto found = FindAccount(deps, tx, tenant, id);
    if (found) attempt = TakeSignInTry(deps, tx, tenant, found->email, std::nullopt, "", now);
    return found;
  });
  if (!account) co_return PermissionDenied();
  if (const auto good = CheckNewPassword(command.new_password.Reveal(), account->email, "new_password"); !good) {
    co_await ReturnSignInTry(deps, attempt);
    co_return good.error();
  }
  const std::optional<std::string> stored = attempt.may_try ? account->password_hash : std::nullopt;
  const auto fits = co_await deps.passwords.Verify(command.current_password, stored);
  if (!fits) {
    co_await ReturnSignInTry(deps, attempt);
    co_return fits.error();
  }
  const auto hash = co_await deps.passwords.Hash(command.new_password);
  if (!hash) co_return hash.error();
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (!*fits) return CredentialsInvalid();  // here, so that a replay is answered although the old password is no longer right
    auto locked = store::LockUser(tx, tenant, id);
    if (!locked || locked->password_hash != account->password_hash) return CredentialsInvalid();
    SucceedSignIn(tx, attempt);
    Put(deps, tx, locked->facts, *hash, command.cause, "ChangePassword", now);
    return events::EmptyReply();
  });
  co_return reply;
}

}  // namespace quittance::auth

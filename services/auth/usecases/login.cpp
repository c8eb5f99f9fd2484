// Login. Every path hashes one password: unknown, wrong, frozen and unverified accounts differ in nothing that can be seen or measured.
#include "services/auth/usecases/login.h"

#include "common/audit/audit.h"
#include "common/events/outbox.h"
#include "services/auth/domain/contact.h"
#include "services/auth/domain/password.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/end_session.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {
namespace {

struct Opened {
  Session session;
  UserFacts user;
  OpaqueToken refresh;
};

bool MayLogIn(const store::LoginUser& user) {
  return user.facts.status == UserStatus::kActive && user.facts.email_verified && user.password_hash;
}

// The failure leaves an event and an audit row, the same for every kind.
Task<Result<TokenPair>> Refuse(Deps& deps, const LoginCommand& command, TenantId tenant, const std::string& email, TimePoint now) {
  const std::string account = deps.vault.AccountHash(tenant, email, now);
  co_await deps.db.Transact(db::Scope::Of(tenant), [&](db::Tx& tx) {
    const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
    quittance::events::AppendToOutbox(tx, events::LoginFailed(tenant, account, mark));
    audit::Append(tx, {.tenant = tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = "Login",
                       .subject = "account:" + account,
                       .detail = "{\"outcome\":\"refused\"}",
                       .event = mark.id});
  });
  co_return CredentialsInvalid();
}

// Locks sessions before their user, as everywhere. The account may have changed while the password was hashed.
Result<Opened> OpenSession(Deps& deps, db::Tx& tx, const LoginCommand& command, const store::LoginUser& checked, TimePoint now) {
  const TenantId tenant = checked.facts.tenant;
  const Cause cause{checked.facts.id.ToString(), command.cause.traceparent};
  for (const Session& oldest : store::LockSessionsBeyond(tx, tenant, checked.facts.id, kSessionsPerUserMax - 1, now)) {
    EndSession(deps, tx, oldest, "limit", cause, now);
  }
  const auto locked = store::LockUser(tx, tenant, checked.facts.id);
  if (!locked || !MayLogIn(*locked) || locked->password_hash != checked.password_hash) return CredentialsInvalid();

  UserFacts user = locked->facts;
  user.version += 1;
  user.updated = now;
  const Session session{.tenant = user.tenant,
                        .id = deps.ids.New<SessionId>(),
                        .user = user.id,
                        .scopes = store::FindUserScopes(tx, user.tenant, user.id),
                        .created = now,
                        .expires = now + kSessionLife};
  const OpaqueToken refresh{user.tenant, deps.ids.Next(), NewTokenSecret()};
  store::InsertSession(tx, session);
  const FamilyToken token{.id = refresh.id, .used = {}, .successor = {}, .expires = RefreshExpiry(session, now)};
  store::InsertRefreshToken(tx, session, token, HashSecret(refresh.secret.Reveal()), std::nullopt, now);
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  store::SaveUser(tx, user, events::LoginSucceeded(user, mark));
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "Login",
                     .subject = session.id.ToString(),
                     .detail = "{\"outcome\":\"succeeded\"}",
                     .event = mark.id});
  return Opened{session, user, refresh};
}

}  // namespace

Task<Result<TokenPair>> Login(Deps& deps, LoginCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto email = ParseEmail(command.email, "email");
  if (!email) co_return email.error();
  if (const auto password = CheckPresentedPassword(command.password.Reveal(), "password"); !password) co_return password.error();

  const db::Scope no_tenant;
  const auto tenant = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::FindTenantByCode(tx, command.tenant); });
  std::optional<store::LoginUser> user;
  if (tenant) {
    user = co_await deps.db.Transact(
        db::Scope::Of(tenant->id), [&](db::Tx& tx) { return store::FindLogin(tx, tenant->id, deps.vault.EmailIndex(tenant->id, *email)); });
  }
  std::optional<std::string> stored_hash;
  if (user && MayLogIn(*user)) stored_hash = user->password_hash;
  const auto fits = co_await deps.passwords.Verify(command.password, stored_hash);
  if (!fits) co_return fits.error();
  if (!tenant) co_return CredentialsInvalid();
  if (!*fits) {
    auto refused = co_await Refuse(deps, command, tenant->id, *email, now);
    co_return refused;
  }

  std::optional<std::string> better_hash;
  if (NeedsRehash(*stored_hash)) {
    const auto hash = co_await deps.passwords.Hash(command.password);
    if (hash) better_hash = *hash;  // under load it waits for the next login
  }
  const auto opened = co_await deps.db.Transact(db::Scope::Of(tenant->id), [&](db::Tx& tx) -> Result<Opened> {
    auto session = OpenSession(deps, tx, command, *user, now);
    if (session && better_hash) store::ReplacePasswordHash(tx, tenant->id, user->facts.id, *stored_hash, *better_hash);
    return session;
  });
  if (!opened) co_return opened.error();
  co_return IssueTokens(deps, opened->session, opened->user, opened->session.scopes, tenant->epoch, opened->refresh, now);
}

}  // namespace quittance::auth

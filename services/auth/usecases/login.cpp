// Login. Every path counts one try and hashes one password: unknown, wrong, locked, frozen and unverified accounts differ in nothing that
// can be seen or measured. In a flood whoever finds no seat is refused before anything is looked up.
#include "services/auth/usecases/login.h"

#include "common/audit/audit.h"
#include "common/events/outbox.h"
#include "services/auth/domain/contact.h"
#include "services/auth/domain/factor.h"
#include "services/auth/domain/password.h"
#include "services/auth/events.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/refusals.h"
#include "services/auth/usecases/sign_in_limits.h"

namespace quittance::auth {
namespace {

struct Tried {
  std::optional<store::LoginUser> user;
  std::optional<Uuid> device;
  SignInTry attempt;
};

bool MayLogIn(const store::LoginUser& user) {
  return user.facts.status == UserStatus::kActive && user.facts.email_verified && user.password_hash;
}

Tried LookUp(Deps& deps, db::Tx& tx, const LoginCommand& command, TenantId tenant, const std::string& email, TimePoint now) {
  Tried tried{.user = store::FindLogin(tx, tenant, deps.vault.EmailIndex(tenant, email)), .device = {}, .attempt = {}};
  if (tried.user) tried.device = KnownDevice(tx, tenant, tried.user->facts.id, command.device_token);
  tried.attempt = TakeSignInTry(deps, tx, tenant, email, tried.device, command.client_address_hash, now);
  return tried;
}

// The owner of an account that was locked by this try is told.
void TellLocked(Deps& deps, db::Tx& tx, const Tried& tried, const Cause& cause, TimePoint now) {
  if (!tried.user || !MayLogIn(*tried.user)) return;
  const auto locked = store::LockUser(tx, tried.user->facts.tenant, tried.user->facts.id);
  if (!locked || !MayLogIn(*locked)) return;
  UserFacts user = locked->facts;
  user.version += 1;
  user.updated = now;
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  store::SaveUser(tx, user, events::AccountLocked(user, *tried.attempt.locked, mark));
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "LockAccount",
                     .subject = user.id.ToString(),
                     .detail = "",
                     .event = mark.id});
}

// The failure leaves an event and an audit row, the same for every kind.
Task<Result<LoginReply>> Refuse(Deps& deps, const LoginCommand& command, const Tried& tried, const std::string& email, TimePoint now) {
  const TenantId tenant = tried.attempt.tenant;
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
    if (tried.attempt.locked) TellLocked(deps, tx, tried, command.cause, now);
  });
  co_return CredentialsInvalid();
}

}  // namespace

Task<Result<LoginReply>> Login(Deps& deps, LoginCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto email = ParseEmail(command.email, "email");
  if (!email) co_return email.error();
  if (const auto password = CheckPresentedPassword(command.password.Reveal(), "password"); !password) co_return password.error();

  const auto seat = deps.passwords.TakeSeat();
  if (!seat) co_return seat.error();
  const db::Scope no_tenant;
  const auto tenant = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::FindTenantByCode(tx, command.tenant); });
  Tried tried;
  if (tenant) {
    tried = co_await deps.db.Transact(db::Scope::Of(tenant->id),
                                      [&](db::Tx& tx) { return LookUp(deps, tx, command, tenant->id, *email, now); });
  }
  std::optional<std::string> stored_hash;
  if (tried.user && tried.attempt.may_try && MayLogIn(*tried.user)) stored_hash = tried.user->password_hash;
  const auto fits = co_await deps.passwords.Verify(command.password, stored_hash);
  if (!fits && tenant) co_await ReturnSignInTry(deps, tried.attempt);
  if (!fits) co_return fits.error();
  if (!tenant) co_return CredentialsInvalid();
  if (!*fits) {
    auto refused = co_await Refuse(deps, command, tried, *email, now);
    co_return refused;
  }

  std::optional<std::string> better_hash;
  if (NeedsRehash(*stored_hash, deps.passwords.cost())) {
    const auto hash = co_await deps.passwords.Hash(command.password);
    if (hash) better_hash = *hash;  // under load it waits for the next login
  }
  const Proven proven{tenant->id, tried.user->facts.id, {std::string(kAmrPassword)}, tried.device};
  const StillMay still_may = [&](const store::LoginUser& locked) { return MayLogIn(locked) && locked.password_hash == stored_hash; };
  const auto admitted = co_await deps.db.Transact(db::Scope::Of(tenant->id), [&](db::Tx& tx) -> Result<Admitted> {
    SucceedSignIn(tx, tried.attempt);
    auto opened = Admit(deps, tx, proven, still_may, command.cause, now);
    if (opened && better_hash) store::ReplacePasswordHash(tx, tenant->id, proven.user, *stored_hash, *better_hash);
    return opened;
  });
  if (!admitted) co_return admitted.error();
  co_return ReplyOf(deps, *admitted, command.device_token, now);
}

}  // namespace quittance::auth

// SignUp: the password is hashed before anything is looked up, so that a known address costs the same time. An address that is not proved
// yet gets another proof with each sign-up (a lost mail can be asked for again), up to a limit; a proved one gets nothing.
#include "services/auth/usecases/sign_up.h"

#include "common/audit/audit.h"
#include "services/auth/domain/contact.h"
#include "services/auth/domain/locale.h"
#include "services/auth/domain/password.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/email_tokens.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"

namespace quittance::auth {
namespace {

struct Proof {
  OpaqueToken token;
  store::EmailToken row;  // without its user
};

Proof NewProof(Deps& deps, TenantId tenant, const std::string& password_hash, TimePoint now) {
  OpaqueToken token{tenant, deps.ids.Next(), NewTokenSecret()};
  store::EmailToken row{.tenant = tenant,
                        .id = token.id,
                        .user = {},
                        .secret_hash = HashSecret(token.secret.Reveal()),
                        .password_hash = password_hash,
                        .created = now,
                        .expires = now + kEmailTokenLife};
  return {std::move(token), std::move(row)};
}

void Record(db::Tx& tx, const SignUpCommand& command, const UserFacts& user, Uuid event, TimePoint now) {
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = command.cause,
                     .action = "SignUp",
                     .subject = user.id.ToString(),
                     .detail = event == Uuid{} ? "{\"mailed\":false}" : "{\"mailed\":true}",
                     .event = event});
}

// Whether another proof may be sent to the address of a user that is there.
bool MayProve(db::Tx& tx, const UserFacts& user, TimePoint now) {
  return user.status == UserStatus::kActive && !user.email_verified &&
         store::CountLiveEmailTokens(tx, user.tenant, user.id, now) < store::kEmailTokensPerUserMax;
}

void Register(Deps& deps, db::Tx& tx, const SignUpCommand& command, const Tenant& tenant, const Personal& personal,
              const std::string& locale, Proof proof, TimePoint now) {
  const auto known = store::LockLogin(tx, tenant.id, deps.vault.EmailIndex(tenant.id, personal.email));
  if (known && !MayProve(tx, known->facts, now)) return Record(tx, command, known->facts, Uuid{}, now);

  UserFacts user{.tenant = tenant.id,
                 .id = deps.ids.New<UserId>(),
                 .locale = locale,
                 .roles = {std::string(kRoleUser)},
                 .created = now,
                 .updated = now};
  if (known) {
    user = known->facts;
    user.version += 1;
    user.updated = now;
  }
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  const std::string sealed_token = deps.vault.SealTokenForMail("UserSignedUp", user.id, Format(kEmailTokenPrefix, proof.token));
  const auto event = events::UserSignedUp(user, sealed_token, proof.row.expires, mark);
  if (known) {
    store::SaveUser(tx, user, event);
  } else if (store::InsertUser(tx, user, deps.vault.SealPersonal(tenant.id, user.id, personal), event) != store::Taken::kNothing) {
    return;  // somebody else signed up with it at this very moment, and gets the mail
  }
  proof.row.user = user.id;
  store::InsertEmailToken(tx, proof.row);
  Record(tx, command, user, mark.id, now);
}

}  // namespace

Task<Result<void>> SignUp(Deps& deps, SignUpCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto email = ParseEmail(command.email, "email");
  if (!email) co_return email.error();
  if (const auto password = CheckNewPassword(command.password.Reveal(), *email, "password"); !password) co_return password.error();
  const db::Scope no_tenant;
  const auto tenant = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::FindTenantByCode(tx, command.tenant); });
  if (!tenant) co_return InvalidField("tenant", "must be the code of a tenant");
  if (!tenant->sign_up_open) co_return Precondition(Reason::kSignUpClosed, "this tenant takes no sign-ups");
  if (tenant->maintenance) co_return InMaintenance();
  const auto locale = ParseLocale(command.locale, tenant->locale, "locale");
  if (!locale) co_return locale.error();

  const auto hash = co_await deps.passwords.Hash(command.password);
  if (!hash) co_return hash.error();
  const Personal personal{.email = *email, .phone = {}, .external_id = {}};
  co_await deps.db.Transact(db::Scope::Of(tenant->id), [&](db::Tx& tx) {
    Register(deps, tx, command, *tenant, personal, *locale, NewProof(deps, tenant->id, *hash, now), now);
  });
  co_return Result<void>();
}

}  // namespace quittance::auth

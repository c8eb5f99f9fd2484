// The issuer is asked for keys before the transaction; in it the subject is found, linked or made, then admitted like everybody.
#include "services/auth/usecases/login_with_id_token.h"

#include "common/audit/audit.h"
#include "common/crypto/id_token.h"
#include "services/auth/domain/contact.h"
#include "services/auth/domain/factor.h"
#include "services/auth/domain/scopes.h"
#include "services/auth/events.h"
#include "services/auth/store/identities.h"
#include "services/auth/store/tenants.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {
namespace {

struct Said {
  std::string provider;
  std::string subject_index;
  std::string email;  // empty: none, or not verified
};

void Record(db::Tx& tx, const UserFacts& user, const LoginWithIdTokenCommand& command, const char* action, Uuid event, TimePoint now) {
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = {user.id.ToString(), command.cause.traceparent},
                     .action = action,
                     .subject = user.id.ToString(),
                     .detail = "{\"provider\":\"" + command.provider + "\"}",
                     .event = event});
}

Result<UserId> Make(Deps& deps, db::Tx& tx, const Tenant& tenant, const Said& said, const LoginWithIdTokenCommand& command, TimePoint now) {
  if (!tenant.sign_up_open) return Precondition(Reason::kSignUpClosed, "this tenant takes no sign-ups");
  UserFacts user{.tenant = tenant.id,
                 .id = deps.ids.New<UserId>(),
                 .locale = tenant.locale,
                 .email_verified = true,
                 .roles = {std::string(kRoleUser)},
                 .created = now,
                 .updated = now};
  const Personal personal{.email = said.email, .phone = {}, .external_id = {}};
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  const auto sealed = deps.vault.SealPersonal(tenant.id, user.id, personal);
  if (store::InsertUser(tx, user, sealed, events::UserCreated(user, mark)) != store::Taken::kNothing) return CredentialsInvalid();
  store::MarkVerified(tx, tenant.id, user.id, now);
  Record(tx, user, command, "SignUp", mark.id, now);
  return user.id;
}

// An account that nobody has proved yet is proved by the issuer's word; a password that waits for its own proof stays without force.
Result<UserId> Adopt(Deps& deps, db::Tx& tx, UserFacts user, const LoginWithIdTokenCommand& command, TimePoint now) {
  if (user.status != UserStatus::kActive) return CredentialsInvalid();
  if (user.email_verified) return user.id;
  user.email_verified = true;
  user.version += 1;
  user.updated = now;
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  store::MarkVerified(tx, user.tenant, user.id, now);
  store::SaveUser(tx, user, events::UserVerified(user, mark));
  Record(tx, user, command, "VerifyEmail", mark.id, now);
  return user.id;
}

Result<UserId> FindOrLink(Deps& deps, db::Tx& tx, const Tenant& tenant, const Said& said, const LoginWithIdTokenCommand& command,
                          TimePoint now) {
  if (const auto known = store::FindIdentity(tx, tenant.id, said.subject_index)) return *known;
  if (said.email.empty()) return CredentialsInvalid();
  const auto owner = store::LockLogin(tx, tenant.id, deps.vault.EmailIndex(tenant.id, said.email));
  auto user = owner ? Adopt(deps, tx, owner->facts, command, now) : Make(deps, tx, tenant, said, command, now);
  if (!user) return user;
  if (!store::InsertIdentity(tx, tenant.id, said.subject_index, *user, said.provider, now)) return CredentialsInvalid();
  audit::Append(tx, {.tenant = tenant.id,
                     .time = now,
                     .cause = {user->ToString(), command.cause.traceparent},
                     .action = "LinkIdentity",
                     .subject = user->ToString(),
                     .detail = "{\"provider\":\"" + said.provider + "\"}"});
  return user;
}

}  // namespace

Task<Result<LoginReply>> LoginWithIdToken(Deps& deps, LoginWithIdTokenCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!IsNonce(command.nonce)) co_return InvalidField("nonce", "must be 16 to 128 characters");
  const db::Scope no_tenant;
  const auto tenant = co_await deps.db.Transact(no_tenant, [&](db::Tx& tx) { return store::FindTenantByCode(tx, command.tenant); });
  const auto kid = crypto::KidOfIdToken(command.id_token);
  if (!tenant || !kid || !deps.trusted_issuer) co_return CredentialsInvalid();
  const auto issuer = co_await deps.trusted_issuer(tenant->id, command.provider, *kid);
  if (!issuer) co_return issuer.error();
  const crypto::IdTokenWish wish{issuer->issuer, issuer->client_ids, command.nonce, now};
  const auto claims = crypto::VerifyIdToken(command.id_token, *issuer->keys, wish);
  if (!claims) co_return CredentialsInvalid();

  Said said{command.provider, deps.vault.SubjectIndex(tenant->id, issuer->issuer, claims->subject), ""};
  if (const auto email = ParseEmail(claims->email, "email"); email && claims->email_verified) said.email = *email;
  const StillMay still_may = [](const store::LoginUser& locked) {
    return locked.facts.status == UserStatus::kActive && locked.facts.email_verified;
  };
  const auto admitted = co_await deps.db.Transact(db::Scope::Of(tenant->id), [&](db::Tx& tx) -> Result<Admitted> {
    const auto user = FindOrLink(deps, tx, *tenant, said, command, now);
    if (!user) return user.error();
    const auto device = KnownDevice(tx, tenant->id, *user, command.device_token);
    return Admit(deps, tx, {tenant->id, *user, {std::string(kAmrFederated)}, device}, still_may, command.cause, now);
  });
  if (!admitted) co_return admitted.error();
  co_return ReplyOf(deps, *admitted, command.device_token, now);
}

}  // namespace quittance::auth

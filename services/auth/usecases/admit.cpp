// Locks sessions before their user, as everywhere.
#include "services/auth/usecases/admit.h"

#include "common/audit/audit.h"
#include "services/auth/domain/factor.h"
#include "services/auth/events.h"
#include "services/auth/store/challenges.h"
#include "services/auth/store/devices.h"
#include "services/auth/store/factors.h"
#include "services/auth/store/sessions.h"
#include "services/auth/store/tenants.h"
#include "services/auth/usecases/end_session.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {
namespace {

// What the account can answer a challenge with; empty: it has no second factor.
std::vector<std::string> MethodsOf(db::Tx& tx, TenantId tenant, UserId user) {
  std::vector<std::string> methods;
  for (const Factor& factor : store::FindFactors(tx, tenant, user)) {
    if (factor.confirmed) methods.emplace_back(Name(factor.kind));
  }
  if (!methods.empty() && store::CountRecoveryCodes(tx, tenant, user) > 0) methods.emplace_back("recovery_code");
  return methods;
}

MfaChallenge Ask(Deps& deps, db::Tx& tx, const Proven& proven, const UserFacts& user, std::vector<std::string> methods, TimePoint now) {
  const OpaqueToken token{proven.tenant, deps.ids.Next(), NewTokenSecret()};
  store::Challenge challenge{.tenant = proven.tenant,
                             .id = token.id,
                             .user = proven.user,
                             .secret_hash = HashSecret(token.secret.Reveal()),
                             .amr = proven.amr,
                             .epoch = user.epoch,
                             .device = proven.device,
                             .created = now,
                             .expires = now + kChallengeLife};
  store::InsertChallenge(tx, challenge);
  return {Format(kChallengePrefix, token), std::move(methods), challenge.expires};
}

// Gives the device a token of its own; somebody who had one before is told of another.
OpaqueToken Welcome(Deps& deps, db::Tx& tx, UserFacts& user, const Cause& cause, TimePoint now) {
  const OpaqueToken token{user.tenant, deps.ids.Next(), NewTokenSecret()};
  const store::Device device{user.tenant, token.id, user.id, HashSecret(token.secret.Reveal())};
  if (!store::InsertDevice(tx, device, now)) return token;
  user.version += 1;
  store::SaveUser(tx, user, events::NewDeviceSeen(user, {deps.ids.Next(), now, cause.traceparent}));
  return token;
}

void Record(Deps& deps, db::Tx& tx, const Admitted& admitted, const Cause& cause, TimePoint now) {
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  store::SaveUser(tx, admitted.user, events::LoginSucceeded(admitted.user, mark));
  audit::Append(tx, {.tenant = admitted.user.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "Login",
                     .subject = admitted.session.id.ToString(),
                     .detail = "{\"outcome\":\"succeeded\"}",
                     .event = mark.id});
}

void Open(Deps& deps, db::Tx& tx, const Proven& proven, Admitted& admitted, const Cause& cause, TimePoint now) {
  UserFacts& user = admitted.user;
  user.updated = now;
  if (proven.device) {
    store::SeeDevice(tx, proven.tenant, *proven.device, now);
  } else {
    admitted.new_device = Welcome(deps, tx, user, cause, now);
  }
  user.version += 1;
  admitted.session = {.tenant = user.tenant,
                      .id = deps.ids.New<SessionId>(),
                      .user = user.id,
                      .scopes = ScopesOfSession(store::FindUserScopes(tx, user.tenant, user.id), proven.amr),
                      .amr = proven.amr,
                      .epoch = std::max(user.epoch, admitted.tenant_epoch),
                      .created = now,
                      .authenticated = now,
                      .expires = now + kSessionLife};
  admitted.refresh = {user.tenant, deps.ids.Next(), NewTokenSecret()};
  store::InsertSession(tx, admitted.session);
  const FamilyToken token{.id = admitted.refresh.id, .used = {}, .successor = {}, .expires = RefreshExpiry(admitted.session, now)};
  store::InsertRefreshToken(tx, admitted.session, token, HashSecret(admitted.refresh.secret.Reveal()), std::nullopt, now);
  Record(deps, tx, admitted, cause, now);
}

}  // namespace

Result<Admitted> Admit(Deps& deps, db::Tx& tx, const Proven& proven, const StillMay& still_may, const Cause& cause, TimePoint now) {
  const Cause own{proven.user.ToString(), cause.traceparent};
  for (const Session& oldest : store::LockSessionsBeyond(tx, proven.tenant, proven.user, kSessionsPerUserMax - 1, now)) {
    EndSession(deps, tx, oldest, "limit", own, now);
  }
  const auto locked = store::LockUser(tx, proven.tenant, proven.user);
  const auto tenant = store::FindTenant(tx, proven.tenant);
  if (!locked || !tenant || !still_may(*locked)) return CredentialsInvalid();

  Admitted admitted{.session = {}, .user = locked->facts, .tenant_epoch = tenant->epoch, .refresh = {}, .new_device = {}, .challenge = {}};
  if (!HasSecondFactor(proven.amr)) {
    auto methods = MethodsOf(tx, proven.tenant, proven.user);
    if (!methods.empty()) {
      admitted.challenge = Ask(deps, tx, proven, admitted.user, std::move(methods), now);
      return admitted;
    }
  }
  Open(deps, tx, proven, admitted, own, now);
  return admitted;
}

LoginReply ReplyOf(Deps& deps, const Admitted& admitted, const std::string& device_token, TimePoint now) {
  if (admitted.challenge) return {std::nullopt, "", admitted.challenge};
  return {IssueTokens(deps, admitted.session, admitted.user, admitted.session.scopes, admitted.tenant_epoch, admitted.refresh, now),
          admitted.new_device ? Format(kDeviceTokenPrefix, *admitted.new_device) : device_token, std::nullopt};
}

std::optional<Uuid> KnownDevice(db::Tx& tx, TenantId tenant, UserId user, const std::string& device_token) {
  const auto token = ParseToken(kDeviceTokenPrefix, device_token);
  if (!token || token->tenant != tenant) return std::nullopt;
  const auto device = store::FindDevice(tx, tenant, token->id);
  if (!device || !SecretMatches(token->secret.Reveal(), device->secret_hash) || device->user != user) return std::nullopt;
  return device->id;
}

}  // namespace quittance::auth

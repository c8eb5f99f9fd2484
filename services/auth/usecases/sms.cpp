// A try is counted in a transaction of its own before it is judged, so that a refusal cannot roll its count back.
#include "services/auth/usecases/sms.h"

#include <algorithm>

#include "common/audit/audit.h"
#include "services/auth/credentials/totp.h"
#include "services/auth/events.h"
#include "services/auth/store/challenges.h"
#include "services/auth/store/factors.h"
#include "services/auth/store/sms_codes.h"
#include "services/auth/store/users.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kHintDigits = 3;

// One more code: its event goes to notifications, which ask for the phone when they send.
Result<void> Send(Deps& deps, db::Tx& tx, const Factor& factor, const std::optional<Uuid>& challenge, const Cause& cause, TimePoint now) {
  const auto locked = store::LockUser(tx, factor.tenant, factor.user);
  if (!locked || locked->facts.status != UserStatus::kActive) return PermissionDenied();
  if (store::CountSmsCodes(tx, factor.tenant, factor.user, now - std::chrono::hours(1)) >= kSmsCodesPerHourMax) {
    return Exhausted(Reason::kRateLimited, "three codes an hour", std::chrono::hours(1));
  }
  const Secret digits = NewSmsCode();
  store::SmsCode code{.tenant = factor.tenant,
                      .id = deps.ids.Next(),
                      .user = factor.user,
                      .factor = factor.id,
                      .challenge = challenge,
                      .code_hash = {},
                      .created = now,
                      .expires = now + kSmsCodeLife};
  code.code_hash = deps.vault.SmsCodeHash(code.id, digits.Reveal());
  store::InsertSmsCode(tx, code);
  UserFacts user = locked->facts;
  user.version += 1;
  user.updated = now;
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  const std::string sealed = deps.vault.SealTokenForMail("MfaCodeRequested", user.id, digits.Reveal());
  store::SaveUser(tx, user, events::MfaCodeRequested(user, sealed, code.expires, mark));
  audit::Append(tx, {.tenant = user.tenant,
                     .time = now,
                     .cause = {user.id.ToString(), cause.traceparent},
                     .action = "SendSmsCode",
                     .subject = user.id.ToString(),
                     .detail = challenge ? "{\"for\":\"login\"}" : "{\"for\":\"enrolment\"}",
                     .event = mark.id});
  return {};
}

// The code proves the phone that it was sent to, and no other.
bool IsStillThePhone(Deps& deps, db::Tx& tx, const Factor& factor) {
  const auto user = store::FindUser(tx, factor.tenant, factor.user);
  if (!user) return false;
  const std::string phone = deps.vault.OpenPersonal(factor.tenant, factor.user, user->personal).phone;
  return phone == OpenFactorSecret(deps.vault, factor, user->personal.wrapped_key).Reveal();
}

bool Fits(Deps& deps, const store::SmsCode& sent, const std::string& code, TimePoint now) {
  return IsOtp(code) && now < sent.expires && sent.tries <= kSmsCodeTriesMax &&
         deps.vault.SameHash(deps.vault.SmsCodeHash(sent.id, code), sent.code_hash);
}

}  // namespace

Task<Result<db::Reply>> EnrollSms(Deps& deps, FactorCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const TenantId tenant = command.caller.tenant;
  const UserId id = *command.caller.user;
  const db::Scope scope = db::Scope::Of(tenant, id);
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto user = store::FindUser(tx, tenant, id);
    if (!user || user->facts.status != UserStatus::kActive) return PermissionDenied();
    const std::string phone = deps.vault.OpenPersonal(tenant, id, user->personal).phone;
    if (phone.size() <= kHintDigits) return Precondition(Reason::kStateConflict, "the account has no phone");
    for (const Factor& factor : store::FindFactors(tx, tenant, id)) {
      if (factor.confirmed && factor.kind == FactorKind::kSms) return AlreadyExists("sms");
    }
    Factor factor{.tenant = tenant, .id = deps.ids.New<FactorId>(), .user = id, .kind = FactorKind::kSms, .sealed = {}, .created = now};
    factor.sealed = SealFactorSecret(deps.vault, factor, user->personal.wrapped_key, phone);
    store::InsertFactor(tx, factor);
    if (const auto sent = Send(deps, tx, factor, std::nullopt, command.cause, now); !sent) return sent.error();
    return events::SmsReply(factor.id, phone.substr(phone.size() - kHintDigits));
  });
  co_return reply;
}

Task<Result<db::Reply>> ConfirmSms(Deps& deps, FactorCommand command) {
  const TimePoint now = deps.clock.Now();
  if (!command.caller.user) co_return PermissionDenied();
  const auto id = FactorId::Parse(command.factor_id, "factor_id");
  if (!id) co_return id.error();
  const TenantId tenant = command.caller.tenant;
  const UserId user = *command.caller.user;
  const db::Scope scope = db::Scope::Of(tenant, user);
  co_await deps.db.Transact(scope, [&](db::Tx& tx) {
    if (const auto sent = store::LockSmsCode(tx, tenant, user, *id, std::nullopt)) store::CountSmsTry(tx, *sent);
  });
  auto reply = co_await deps.db.Once(scope, command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (!store::LockUser(tx, tenant, user)) return PermissionDenied();
    auto factor = store::LockFactor(tx, tenant, user, *id);
    if (!factor || factor->kind != FactorKind::kSms) return PermissionDenied();
    if (factor->confirmed) return Precondition(Reason::kStateConflict, "this factor is confirmed already");
    if (!IsStillThePhone(deps, tx, *factor))
      return Precondition(Reason::kStateConflict, "the account has another phone now: enrol that one");
    const auto sent = store::LockSmsCode(tx, tenant, user, *id, std::nullopt);
    if (!sent || !Fits(deps, *sent, command.code, now)) return InvalidField("code", "must be the code of the newest SMS");
    store::SpendSmsCode(tx, *sent, now);
    factor->confirmed = true;
    store::ConfirmFactor(tx, *factor, 0, now);
    RecordFactorChange(deps, tx, command, "ConfirmSms", "sms_added", now);
    return events::FactorReply(*factor);
  });
  co_return reply;
}

Task<Result<void>> SendMfaCode(Deps& deps, SendMfaCodeCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto token = ParseToken(kChallengePrefix, command.mfa_token);
  if (!token) co_return CredentialsInvalid();
  auto sent = co_await deps.db.Transact(db::Scope::Of(token->tenant), [&](db::Tx& tx) -> Result<void> {
    const auto challenge = store::LockChallenge(tx, token->tenant, token->id);
    if (!challenge || !SecretMatches(token->secret.Reveal(), challenge->secret_hash)) return CredentialsInvalid();
    if (challenge->done || challenge->tries >= kChallengeTriesMax || now >= challenge->expires) return CredentialsInvalid();
    for (const Factor& factor : store::FindFactors(tx, token->tenant, challenge->user)) {
      if (factor.confirmed && factor.kind == FactorKind::kSms) return Send(deps, tx, factor, challenge->id, command.cause, now);
    }
    return {};
  });
  co_return sent;
}

bool SpendSmsCode(Deps& deps, db::Tx& tx, const Factor& factor, const Uuid& challenge, const std::string& code, TimePoint now) {
  const auto sent = store::LockSmsCode(tx, factor.tenant, factor.user, factor.id, challenge);
  if (!sent || !Fits(deps, *sent, code, now)) return false;
  store::SpendSmsCode(tx, *sent, now);
  return true;
}

}  // namespace quittance::auth

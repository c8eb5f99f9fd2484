// VerifyMfa. The transaction returns a wrong code as a value and never as a refusal, so that its count is committed. Steps and recovery
// codes are spent in the transaction that opens the session.
#include "services/auth/usecases/verify_mfa.h"

#include "common/audit/audit.h"
#include "services/auth/credentials/totp.h"
#include "services/auth/domain/factor.h"
#include "services/auth/store/challenges.h"
#include "services/auth/store/factors.h"
#include "services/auth/store/throttles.h"
#include "services/auth/usecases/factors.h"
#include "services/auth/usecases/refusals.h"
#include "services/auth/usecases/sms.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kCodeBytesMax = 32;

// The method that the code proves, spent; nullopt: wrong or spent before.
std::optional<std::string_view> Spend(Deps& deps, db::Tx& tx, const store::Challenge& challenge, const std::string& code, TimePoint now) {
  if (const auto recovery = NormalizedRecoveryCode(code)) {
    const std::string hash = deps.vault.RecoveryCodeHash(challenge.user, *recovery);
    if (store::SpendRecoveryCode(tx, challenge.tenant, challenge.user, hash, now)) return kAmrRecovery;
    return std::nullopt;
  }
  if (!IsOtp(code)) return std::nullopt;
  const auto key = store::FindUserKey(tx, challenge.tenant, challenge.user);
  if (!key) return std::nullopt;
  const auto factors = store::FindFactors(tx, challenge.tenant, challenge.user);
  for (const Factor& factor : factors) {
    if (!factor.confirmed || factor.kind != FactorKind::kTotp) continue;
    const auto step = TotpStep(OpenFactorSecret(deps.vault, factor, *key), code, now);
    if (step && store::SpendStep(tx, factor, *step)) return kAmrOtp;
  }
  for (const Factor& factor : factors) {
    if (factor.confirmed && factor.kind == FactorKind::kSms && SpendSmsCode(deps, tx, factor, challenge.id, code, now)) return kAmrSms;
  }
  return std::nullopt;
}

void RecordWrong(db::Tx& tx, const store::Challenge& challenge, const Cause& cause, TimePoint now) {
  store::CountChallengeTry(tx, challenge);
  audit::Append(tx, {.tenant = challenge.tenant,
                     .time = now,
                     .cause = {challenge.user.ToString(), cause.traceparent},
                     .action = "VerifyMfa",
                     .subject = challenge.user.ToString(),
                     .detail = "{\"outcome\":\"refused\"}"});
}

// nullopt: refused, and what was counted stays.
Result<std::optional<Admitted>> Present(Deps& deps, db::Tx& tx, const OpaqueToken& token, const VerifyMfaCommand& command, TimePoint now) {
  const auto challenge = store::LockChallenge(tx, token.tenant, token.id);
  if (!challenge || !SecretMatches(token.secret.Reveal(), challenge->secret_hash)) return CredentialsInvalid();
  if (challenge->done || challenge->tries >= kChallengeTriesMax || now >= challenge->expires) return CredentialsInvalid();
  const std::string bucket = deps.vault.ThrottleBucket(token.tenant, "second_factor", challenge->user.ToString());
  const ThrottleVerdict verdict = store::TakeTry(tx, token.tenant, bucket, kSecondFactorPolicy, now);
  const auto method = verdict.may_try ? Spend(deps, tx, *challenge, command.code, now) : std::nullopt;
  if (!method) {
    RecordWrong(tx, *challenge, command.cause, now);
    return std::optional<Admitted>();
  }
  store::ReturnTry(tx, token.tenant, bucket, verdict, kSecondFactorPolicy);
  store::FinishChallenge(tx, *challenge, now);
  Proven proven{token.tenant, challenge->user, challenge->amr, challenge->device};
  proven.amr.emplace_back(*method);
  proven.amr.emplace_back(kAmrSecondFactor);
  const StillMay still_may = [&](const store::LoginUser& locked) {
    return locked.facts.status == UserStatus::kActive && locked.facts.epoch == challenge->epoch;
  };
  auto admitted = Admit(deps, tx, proven, still_may, command.cause, now);
  if (!admitted) return admitted.error();
  return std::optional(*std::move(admitted));
}

}  // namespace

Task<Result<LoginReply>> VerifyMfa(Deps& deps, VerifyMfaCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto token = ParseToken(kChallengePrefix, command.mfa_token);
  if (!token || command.code.size() > kCodeBytesMax) co_return CredentialsInvalid();
  const auto admitted =
      co_await deps.db.Transact(db::Scope::Of(token->tenant), [&](db::Tx& tx) { return Present(deps, tx, *token, command, now); });
  if (!admitted) co_return admitted.error();
  if (!*admitted) co_return CredentialsInvalid();
  co_return ReplyOf(deps, **admitted, command.device_token, now);
}

}  // namespace quittance::auth

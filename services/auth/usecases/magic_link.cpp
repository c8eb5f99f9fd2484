// The link proves the address, the nonce that it is opened where it was asked for: a mail that leaks, or is opened by a scanner, logs
// nobody in.
#include "services/auth/usecases/magic_link.h"

#include "services/auth/domain/contact.h"
#include "services/auth/domain/factor.h"
#include "services/auth/store/throttles.h"
#include "services/auth/usecases/mail_link.h"
#include "services/auth/usecases/refusals.h"

namespace quittance::auth {

Task<Result<void>> RequestMagicLink(Deps& deps, RequestMagicLinkCommand command) {
  if (!IsNonce(command.nonce)) co_return InvalidField("nonce", "must be 16 to 128 characters");
  MailLink link{command.cause, command.tenant, command.email, store::MailTokenKind::kMagicLink, HashSecret(command.nonce)};
  auto sent = co_await SendMailLink(deps, std::move(link));
  co_return sent;
}

Task<Result<LoginReply>> LoginWithMagicLink(Deps& deps, LoginWithMagicLinkCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto token = ParseToken(kMagicTokenPrefix, command.token);
  if (!token || !IsNonce(command.nonce)) co_return CredentialsInvalid();
  const StillMay still_may = [](const store::LoginUser& locked) {
    return locked.facts.status == UserStatus::kActive && locked.facts.email_verified;
  };
  const db::Scope scope = db::Scope::Of(token->tenant);
  const auto admitted = co_await deps.db.Transact(scope, [&](db::Tx& tx) -> Result<Admitted> {
    const auto kind = store::MailTokenKind::kMagicLink;
    const auto linked = FindLinkedAccount(deps, tx, *token, kind, now);
    if (!linked || !SecretMatches(command.nonce, linked->token.nonce_hash.value_or(""))) return CredentialsInvalid();
    if (!store::SpendMailToken(tx, linked->token, now)) return CredentialsInvalid();
    store::ForgetTries(tx, token->tenant, deps.vault.ThrottleBucket(token->tenant, "account", NormalizedEmail(linked->email)));
    const auto device = KnownDevice(tx, token->tenant, linked->user, command.device_token);
    return Admit(deps, tx, {token->tenant, linked->user, {std::string(kAmrEmail)}, device}, still_may, command.cause, now);
  });
  if (!admitted) co_return admitted.error();
  co_return ReplyOf(deps, *admitted, command.device_token, now);
}

}  // namespace quittance::auth

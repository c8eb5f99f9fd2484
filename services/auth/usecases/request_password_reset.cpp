// RequestPasswordReset: a link by mail.
#include "services/auth/usecases/mail_link.h"
#include "services/auth/usecases/passwords.h"

namespace quittance::auth {

Task<Result<void>> RequestPasswordReset(Deps& deps, RequestPasswordResetCommand command) {
  MailLink link{command.cause, command.tenant, command.email, store::MailTokenKind::kReset, std::nullopt};
  auto sent = co_await SendMailLink(deps, std::move(link));
  co_return sent;
}

}  // namespace quittance::auth

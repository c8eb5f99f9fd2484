// Codes by SMS, to the phone of the account: 6 digits, 5 minutes, five tries, three an hour. Invariant: a code leaves auth only sealed for
// notifications; the phone cannot change while the factor is there (UpdateMe).
#pragma once

#include "services/auth/usecases/factors.h"

namespace quittance::auth {

// FAILED_PRECONDITION without a phone, ALREADY_EXISTS with a confirmed one, RESOURCE_EXHAUSTED for a fourth code in an hour.
Task<Result<db::Reply>> EnrollSms(Deps& deps, FactorCommand command);
// INVALID_ARGUMENT for a code that is not the one that was sent.
Task<Result<db::Reply>> ConfirmSms(Deps& deps, FactorCommand command);

struct SendMfaCodeCommand {
  Cause cause;
  std::string mfa_token;
};
// CREDENTIALS_INVALID for a challenge that does not count; nothing is sent, and nothing said, where the account has no phone for it.
Task<Result<void>> SendMfaCode(Deps& deps, SendMfaCodeCommand command);

// Whether this is the code that was sent for the challenge; it is spent then.
bool SpendSmsCode(Deps& deps, db::Tx& tx, const Factor& factor, const Uuid& challenge, const std::string& code, TimePoint now);

}  // namespace quittance::auth

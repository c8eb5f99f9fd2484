// The second factors of the person who calls: list, enrol, confirm, remove, recovery codes.
// Invariant: a factor counts from the moment its own code was shown, and that code is spent by it; every change is told by mail.
#pragma once

#include "common/core/caller.h"
#include "services/auth/deps.h"
#include "services/auth/domain/factor.h"

namespace quittance::auth {

struct FactorCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string factor_id = {};
  std::string code = {};
};

struct FactorList {
  std::vector<Factor> factors;
  int recovery_codes = 0;  // still unused
};

Task<Result<FactorList>> ListFactors(Deps& deps, Caller caller);

// ALREADY_EXISTS with a confirmed one. The reply holds the key: sealed, and replayed for 10 minutes.
Task<Result<db::Reply>> EnrollTotp(Deps& deps, FactorCommand command);
// INVALID_ARGUMENT for a code that is not the current one.
Task<Result<db::Reply>> ConfirmTotp(Deps& deps, FactorCommand command);
// STEP_UP_REQUIRED for a confirmed one, unless the session has shown a second factor.
Task<Result<db::Reply>> RemoveFactor(Deps& deps, FactorCommand command);
// Ten fresh ones; those before are void. FAILED_PRECONDITION without a confirmed factor.
Task<Result<db::Reply>> GenerateRecoveryCodes(Deps& deps, FactorCommand command);

void RecordFactorChange(Deps& deps, db::Tx& tx, const FactorCommand& command, const char* action, const std::string& change, TimePoint now);
std::string SealFactorSecret(const Vault& vault, const Factor& factor, std::string_view wrapped_key, std::string_view secret);
Secret OpenFactorSecret(const Vault& vault, const Factor& factor, std::string_view wrapped_key);

}  // namespace quittance::auth

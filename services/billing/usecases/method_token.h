// The PSP's token of a stored payment method: sealed in its row, open only on its way to the PSP.
#pragma once

#include "services/billing/deps.h"
#include "services/billing/domain/payment_method.h"
#include "services/billing/usecases/connections.h"

namespace quittance::billing {

std::string SealToken(db::Tx& tx, const Deps& deps, TenantId tenant, PaymentMethodId id, const Secret& token);
std::string OpenToken(db::Tx& tx, const Deps& deps, TenantId tenant, PaymentMethodId id, const std::string& sealed);

// The method that a payment names, checked: the user's own, at the connection that is named (if one is), not expired
// (STATE_CONFLICT).
struct NamedMethod {
  PaymentMethod method;
  Secret token;
};
Task<Result<NamedMethod>> NameMethod(Deps& deps, Caller caller, TenantId tenant, UserId user, PaymentMethodId id, std::string connection);

// The connection of an attempt that is called again, with the same stored method as before. PSP_NOT_CONFIGURED, or NOT_FOUND once the
// method's token is gone: then nobody may call, for another request under the same key is no retry.
Task<Result<Chosen>> ChosenFor(Deps& deps, TenantId tenant, Attempt attempt);

}  // namespace quittance::billing

// AddPaymentMethod, GetPaymentMethod, ListPaymentMethods, SetDefaultPaymentMethod, DeletePaymentMethod, and the job that tells PSPs of
// those that were deleted.
#pragma once

#include "common/core/page.h"
#include "services/billing/deps.h"
#include "services/billing/domain/payment_method.h"

namespace quittance::billing {

struct AddPaymentMethodCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentMethod method;  // user, connection, words
  Secret token;
  bool make_default = false;
};
// The first one of a user is the default. ALREADY_EXISTS: the user has this token.
Task<Result<db::Reply>> AddPaymentMethod(Deps& deps, AddPaymentMethodCommand command);

Task<Result<PaymentMethod>> GetPaymentMethod(Deps& deps, Caller caller, PaymentMethodId method);

struct ListPaymentMethodsQuery {
  Caller caller;
  std::optional<UserId> user;
  PageRequest page;
};
struct MethodPage {
  std::vector<PaymentMethod> methods;
  std::string next_page_token;
};
Task<Result<MethodPage>> ListPaymentMethods(Deps& deps, ListPaymentMethodsQuery query);

struct ChangePaymentMethodCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PaymentMethodId method;
};
Task<Result<db::Reply>> SetDefaultPaymentMethod(Deps& deps, ChangePaymentMethodCommand command);
// Gone here at once; the PSP is told by the job.
Task<Result<db::Reply>> DeletePaymentMethod(Deps& deps, ChangePaymentMethodCommand command);

}  // namespace quittance::billing

// Contract to commands: shapes are checked here, before any look-up. Every refusal names its field.
#pragma once

#include "common/rpc/handle.h"
#include "quittance/billing/v1/billing.pb.h"
#include "services/billing/usecases/cancel_payment_intent.h"
#include "services/billing/usecases/confirm_payment_intent.h"
#include "services/billing/usecases/create_payment_intent.h"
#include "services/billing/usecases/ingest_webhook.h"
#include "services/billing/usecases/reads.h"
#include "services/billing/usecases/refund_payment.h"
#include "services/billing/usecases/settle_conflict.h"

namespace quittance::billing::api {

Result<CreatePaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::CreatePaymentIntentRequest& request);
Result<ConfirmPaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::ConfirmPaymentIntentRequest& request);
Result<CancelPaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::CancelPaymentIntentRequest& request);
Result<RefundPaymentCommand> ToCommand(const rpc::Call& call, const v1::RefundPaymentRequest& request);
Result<SettleConflictCommand> ToCommand(const rpc::Call& call, const v1::SettleConflictRequest& request);
Result<ListPaymentIntentsQuery> ToQuery(const rpc::Call& call, const v1::ListPaymentIntentsRequest& request);
Result<ListUnsettledPayersQuery> ToQuery(const v1::ListUnsettledPayersRequest& request);
Result<IngestWebhookCommand> ToCommand(const rpc::Call& call, const v1::IngestWebhookRequest& request);

// The parts that several requests have.
Result<std::optional<Money>> ToMoney(bool present, const common::v1::Money& money, std::string_view field);
// A stored method that a payment names.
Result<std::optional<PaymentMethodId>> ToMethod(const std::string& payment_method_id);
// Whose list: a user's own token is bound to its user, a tenant-wide caller may leave the user out.
Result<std::optional<UserId>> ListedUser(const rpc::Call& call, const std::string& user_id);

}  // namespace quittance::billing::api

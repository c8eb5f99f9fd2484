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

namespace quittance::billing::api {

Result<CreatePaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::CreatePaymentIntentRequest& request);
Result<ConfirmPaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::ConfirmPaymentIntentRequest& request);
Result<CancelPaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::CancelPaymentIntentRequest& request);
Result<RefundPaymentCommand> ToCommand(const rpc::Call& call, const v1::RefundPaymentRequest& request);
Result<ListPaymentIntentsQuery> ToQuery(const rpc::Call& call, const v1::ListPaymentIntentsRequest& request);
Result<ListUnsettledPayersQuery> ToQuery(const v1::ListUnsettledPayersRequest& request);
Result<IngestWebhookCommand> ToCommand(const rpc::Call& call, const v1::IngestWebhookRequest& request);

}  // namespace quittance::billing::api

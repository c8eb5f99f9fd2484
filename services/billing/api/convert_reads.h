// Contract to queries: lists, the export's period, deliveries. Every refusal names its field.
#pragma once

#include "services/billing/api/convert.h"
#include "services/billing/usecases/deliveries.h"
#include "services/billing/usecases/export_payments.h"
#include "services/billing/usecases/watch_payment_intent.h"

namespace quittance::billing::api {

Result<TimePoint> ToTime(bool present, const google::protobuf::Timestamp& time, std::string_view field);

Result<ListRefundsQuery> ToQuery(const rpc::Call& call, const v1::ListRefundsRequest& request);
Result<ListDisputesQuery> ToQuery(const rpc::Call& call, const v1::ListDisputesRequest& request);
Result<WatchPaymentIntentQuery> ToQuery(const rpc::Call& call, const v1::WatchPaymentIntentRequest& request);
Result<ExportPaymentsQuery> ToQuery(const rpc::Call& call, const v1::ExportPaymentsRequest& request);
Result<ListWebhookDeliveriesQuery> ToQuery(const rpc::Call& call, const v1::ListWebhookDeliveriesRequest& request);
Result<ReplayWebhookDeliveryCommand> ToCommand(const rpc::Call& call, const v1::ReplayWebhookDeliveryRequest& request);

}  // namespace quittance::billing::api

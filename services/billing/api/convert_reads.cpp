// Shapes of queries.
#include "services/billing/api/convert_reads.h"

#include "common/rpc/proto_time.h"

namespace quittance::billing::api {
namespace {

Result<std::optional<PaymentId>> ListedPayment(const std::string& id) {
  if (id.empty()) return std::optional<PaymentId>();
  const auto payment = PaymentId::Parse(id, "payment_intent_id");
  if (!payment) return payment.error();
  return std::optional<PaymentId>(*payment);
}

constexpr std::int64_t kSecondsMax = 253'402'300'799;  // the year 9999

// What refunds and disputes share.
template <class Query, class Request>
Result<Query> ToList(const rpc::Call& call, const Request& request) {
  const auto page = ParsePage(request.page_size(), request.page_token());
  if (!page) return page.error();
  const auto payment = ListedPayment(request.payment_intent_id());
  if (!payment) return payment.error();
  const auto user = ListedUser(call, request.user_id());
  if (!user) return user.error();
  return Query{call.caller, *payment, *user, std::nullopt, *page};
}

}  // namespace

Result<TimePoint> ToTime(bool present, const google::protobuf::Timestamp& time, std::string_view field) {
  const bool fine = present && time.seconds() >= 0 && time.seconds() <= kSecondsMax && time.nanos() >= 0 && time.nanos() < 1'000'000'000;
  if (!fine) return InvalidField(std::string(field), "is required and must be a time between 1970 and 9999");
  return rpc::ReadTime(time);
}

Result<ListRefundsQuery> ToQuery(const rpc::Call& call, const v1::ListRefundsRequest& request) {
  auto query = ToList<ListRefundsQuery>(call, request);
  if (!query || request.status() == v1::Refund::STATUS_UNSPECIFIED) return query;
  if (!v1::Refund::Status_IsValid(request.status())) return InvalidField("status", "must be a status of a refund");
  query->status = static_cast<RefundStatus>(request.status());
  return query;
}

Result<ListDisputesQuery> ToQuery(const rpc::Call& call, const v1::ListDisputesRequest& request) {
  auto query = ToList<ListDisputesQuery>(call, request);
  if (!query || request.status() == v1::Dispute::STATUS_UNSPECIFIED) return query;
  if (!v1::Dispute::Status_IsValid(request.status())) return InvalidField("status", "must be a status of a dispute");
  query->status = static_cast<DisputeStatus>(request.status());
  return query;
}

Result<WatchPaymentIntentQuery> ToQuery(const rpc::Call& call, const v1::WatchPaymentIntentRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  if (request.version() < 0) return InvalidField("version", "must be 0 or a version that was seen");
  return WatchPaymentIntentQuery{call.caller, *payment, request.version()};
}

Result<ExportPaymentsQuery> ToQuery(const rpc::Call& call, const v1::ExportPaymentsRequest& request) {
  const auto begin = ToTime(request.has_begin_time(), request.begin_time(), "begin_time");
  if (!begin) return begin.error();
  const auto end = ToTime(request.has_end_time(), request.end_time(), "end_time");
  if (!end) return end.error();
  if (*end <= *begin || *end - *begin > kExportPeriodMax) return InvalidField("end_time", "must be after begin_time, at most 366 days");
  return ExportPaymentsQuery{call.caller, *begin, *end};
}

Result<ListWebhookDeliveriesQuery> ToQuery(const rpc::Call& call, const v1::ListWebhookDeliveriesRequest& request) {
  const auto page = ParsePage(request.page_size(), request.page_token());
  if (!page) return page.error();
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  const auto payment = ListedPayment(request.payment_intent_id());
  if (!payment) return payment.error();
  ListWebhookDeliveriesQuery query{call.caller, request.connection(), std::nullopt, *payment, *page};
  if (request.state() == v1::WebhookDelivery::STATE_UNSPECIFIED) return query;
  if (!v1::WebhookDelivery::State_IsValid(request.state())) return InvalidField("state", "must be a state of a delivery");
  query.state = static_cast<DeliveryState>(request.state());
  return query;
}

Result<ReplayWebhookDeliveryCommand> ToCommand(const rpc::Call& call, const v1::ReplayWebhookDeliveryRequest& request) {
  const auto delivery = DeliveryId::Parse(request.webhook_delivery_id(), "webhook_delivery_id");
  if (!delivery) return delivery.error();
  return ReplayWebhookDeliveryCommand{call.caller, call.cause, call.once, *delivery};
}

}  // namespace quittance::billing::api

// Shapes. Ids of a foreign form are refused like any malformed field; what does not exist is the use case's answer.
#include "services/billing/api/convert.h"

#include <algorithm>

#include "common/core/text.h"
#include "common/rpc/proto_time.h"
#include "services/billing/domain/refund.h"

namespace quittance::billing::api {
namespace {

constexpr int kUsersMax = 200;
constexpr int kPlansMax = 200;

Error OfferNotFound(std::string field) {
  return Precondition(Reason::kOfferNotFound, "no such offer is on sale", {{"field", std::move(field)}});
}

Result<Purpose> ToPurpose(const v1::CreatePaymentIntentRequest& request) {
  switch (request.purpose_case()) {
    case v1::CreatePaymentIntentRequest::kPlanCode:
      return PlanPurpose(request.plan_code());
    case v1::CreatePaymentIntentRequest::kReference:
      return ReferencePurpose(request.reference());
    case v1::CreatePaymentIntentRequest::kInvoiceId: {
      const auto invoice = InvoiceId::Parse(request.invoice_id(), "invoice_id");
      if (!invoice) return invoice.error();
      return Purpose{PurposeKind::kInvoice, invoice->ToString()};
    }
    // No content is sold yet, so none can be found.
    case v1::CreatePaymentIntentRequest::kContentId:
      return OfferNotFound("content_id");
    case v1::CreatePaymentIntentRequest::PURPOSE_NOT_SET:
      break;
  }
  return InvalidField("purpose", "must name exactly one of plan_code, invoice_id, content_id, reference");
}

Result<void> CheckCountry(const std::string& code) {
  const bool letters = std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!code.empty() && (code.size() != 2 || !letters)) return InvalidField("country_code", "must be two capital letters");
  return {};
}

}  // namespace

Result<std::optional<Money>> ToMoney(bool present, const common::v1::Money& money, std::string_view field) {
  if (!present) return std::optional<Money>();
  auto parsed = ParsePositiveMoney(money.amount_minor(), money.currency_code(), field);
  if (!parsed) return parsed.error();
  return std::optional<Money>(*parsed);
}

Result<std::optional<PaymentMethodId>> ToMethod(const std::string& payment_method_id) {
  if (payment_method_id.empty()) return std::optional<PaymentMethodId>();
  if (LooksLikeCardNumber(payment_method_id)) return CardNumberRefused("payment_method_id");
  const auto method = PaymentMethodId::Parse(payment_method_id, "payment_method_id");
  if (!method) return method.error();
  return std::optional<PaymentMethodId>(*method);
}

Result<std::optional<UserId>> ListedUser(const rpc::Call& call, const std::string& user_id) {
  if (call.caller.tenant_wide && user_id.empty()) return std::optional<UserId>();
  const auto user = ActOn(call.caller, user_id, "user_id");
  if (!user) return user.error();
  return std::optional<UserId>(*user);
}

Result<CreatePaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::CreatePaymentIntentRequest& request) {
  const auto user = ActOn(call.caller, request.user_id(), "user_id");
  if (!user) return user.error();
  const auto purpose = ToPurpose(request);
  if (!purpose) return purpose.error();
  const auto amount = ToMoney(request.has_amount(), request.amount(), "amount");
  if (!amount) return amount.error();
  if (!*amount && purpose->kind == PurposeKind::kReference) return InvalidField("amount", "is required with a reference");
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  const auto method = ToMethod(request.payment_method_id());
  if (!method) return method.error();
  if (auto ok = CheckReturnUrl(request.return_url()); !ok) return ok.error();
  if (auto ok = CheckCountry(request.country_code()); !ok) return ok.error();
  Metadata metadata(request.metadata().begin(), request.metadata().end());
  if (auto ok = CheckMetadata(metadata); !ok) return ok.error();
  return CreatePaymentIntentCommand{call.caller,
                                    call.cause,
                                    call.once,
                                    *user,
                                    *purpose,
                                    *amount,
                                    request.connection(),
                                    request.return_url(),
                                    std::move(metadata),
                                    *method,
                                    request.country_code()};
}

Result<ConfirmPaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::ConfirmPaymentIntentRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  const auto method = ToMethod(request.payment_method_id());
  if (!method) return method.error();
  if (auto ok = CheckReturnUrl(request.return_url()); !ok) return ok.error();
  return ConfirmPaymentIntentCommand{call.caller, call.cause, call.once, *payment, request.connection(), request.return_url(), *method};
}

Result<CancelPaymentIntentCommand> ToCommand(const rpc::Call& call, const v1::CancelPaymentIntentRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  return CancelPaymentIntentCommand{call.caller, call.cause, call.once, *payment};
}

Result<RefundPaymentCommand> ToCommand(const rpc::Call& call, const v1::RefundPaymentRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  const auto amount = ToMoney(request.has_amount(), request.amount(), "amount");
  if (!amount) return amount.error();
  if (auto ok = CheckText(request.reason(), "reason", 0, kRefundReasonMax); !ok) return ok.error();
  return RefundPaymentCommand{call.caller, call.cause, call.once, *payment, *amount, request.reason()};
}

Result<SettleConflictCommand> ToCommand(const rpc::Call& call, const v1::SettleConflictRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  using Request = v1::SettleConflictRequest;
  if (request.settlement() != Request::REFUND && request.settlement() != Request::ACCEPT) {
    return InvalidField("settlement", "must be REFUND or ACCEPT");
  }
  if (auto ok = CheckText(request.reason(), "reason", 0, kRefundReasonMax); !ok) return ok.error();
  return SettleConflictCommand{call.caller,     call.cause, call.once, *payment, static_cast<Settlement>(request.settlement()),
                               request.reason()};
}

Result<ListPaymentIntentsQuery> ToQuery(const rpc::Call& call, const v1::ListPaymentIntentsRequest& request) {
  const auto page = ParsePage(request.page_size(), request.page_token());
  if (!page) return page.error();
  ListPaymentIntentsQuery query{call.caller, std::nullopt, std::nullopt, *page};
  const auto user = ListedUser(call, request.user_id());
  if (!user) return user.error();
  query.user = *user;
  if (request.status() != v1::PaymentIntent::STATUS_UNSPECIFIED) {
    if (!v1::PaymentIntent::Status_IsValid(request.status())) return InvalidField("status", "must be a status of a payment intent");
    query.status = static_cast<Status>(request.status());
  }
  return query;
}

Result<ListUnsettledPayersQuery> ToQuery(const v1::ListUnsettledPayersRequest& request) {
  const auto tenant = TenantId::Parse(request.tenant_id(), "tenant_id");
  if (!tenant) return tenant.error();
  if (request.user_ids_size() > kUsersMax) return InvalidField("user_ids", "must be at most 200");
  if (request.plan_codes_size() > kPlansMax) return InvalidField("plan_codes", "must be at most 200");
  ListUnsettledPayersQuery query{*tenant, {}, {request.plan_codes().begin(), request.plan_codes().end()}, {}};
  for (const auto& id : request.user_ids()) {
    const auto user = UserId::Parse(id, "user_ids");
    if (!user) return user.error();
    query.users.push_back(*user);
  }
  const auto& since = request.succeeded_since();
  query.succeeded_since = rpc::ReadTime(since);
  return query;
}

Result<IngestWebhookCommand> ToCommand(const rpc::Call& call, const v1::IngestWebhookRequest& request) {
  IngestWebhookCommand command{call.cause, request.tenant(), request.connection(), {{}, request.body()}, request.source_hash()};
  for (const auto& header : request.headers()) command.webhook.headers.push_back({header.name(), header.value()});
  return command;
}

}  // namespace quittance::billing::api

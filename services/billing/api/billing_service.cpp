// One method under ten lines each, all alike.
#include "services/billing/api/billing_service.h"

#include "services/billing/api/convert.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {

using Reactor = BillingService::Reactor;

Reactor* BillingService::CreatePaymentIntent(Context* context, const v1::CreatePaymentIntentRequest* request, v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::CreatePaymentIntentRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::CreatePaymentIntent(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* BillingService::GetPaymentIntent(Context* context, const v1::GetPaymentIntentRequest* request, v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetPaymentIntentRequest& r) -> Task<Result<v1::PaymentIntent>> {
                       const auto id = PaymentId::Parse(r.payment_intent_id(), "payment_intent_id");
                       if (!id) co_return id.error();
                       auto payment = co_await billing::GetPaymentIntent(deps_, call.caller, *id);
                       if (!payment) co_return payment.error();
                       co_return ToWire(*payment, View::kCaller);
                     });
}

Reactor* BillingService::ListPaymentIntents(Context* context, const v1::ListPaymentIntentsRequest* request,
                                            v1::ListPaymentIntentsResponse* response) {
  using Response = v1::ListPaymentIntentsResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListPaymentIntentsRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListPaymentIntents(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& payment : page->payments) *list.add_payment_intents() = ToWire(payment, View::kCaller);
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

Reactor* BillingService::ConfirmPaymentIntent(Context* context, const v1::ConfirmPaymentIntentRequest* request,
                                              v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ConfirmPaymentIntentRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::ConfirmPaymentIntent(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* BillingService::CancelPaymentIntent(Context* context, const v1::CancelPaymentIntentRequest* request, v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::CancelPaymentIntentRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::CancelPaymentIntent(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* BillingService::RefundPayment(Context* context, const v1::RefundPaymentRequest* request, v1::Refund* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::RefundPaymentRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::RefundPayment(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* BillingService::SettleConflict(Context* context, const v1::SettleConflictRequest* request, v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::SettleConflictRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::SettleConflict(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* BillingService::GetRefund(Context* context, const v1::GetRefundRequest* request, v1::Refund* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetRefundRequest& r) -> Task<Result<v1::Refund>> {
                       const auto id = RefundId::Parse(r.refund_id(), "refund_id");
                       if (!id) co_return id.error();
                       auto refund = co_await billing::GetRefund(deps_, call.caller, *id);
                       if (!refund) co_return refund.error();
                       co_return ToWire(*refund);
                     });
}

Reactor* BillingService::ListUnsettledPayers(Context* context, const v1::ListUnsettledPayersRequest* request,
                                             v1::ListUnsettledPayersResponse* response) {
  using Response = v1::ListUnsettledPayersResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call&, const v1::ListUnsettledPayersRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(r);
                       if (!query) co_return query.error();
                       auto payers = co_await billing::ListUnsettledPayers(deps_, std::move(*query));
                       if (!payers) co_return payers.error();
                       Response answer;
                       for (const auto& user : payers->paid) answer.add_paid_user_ids(user.ToString());
                       for (const auto& user : payers->unsettled) answer.add_unsettled_user_ids(user.ToString());
                       co_return answer;
                     });
}

}  // namespace quittance::billing::api

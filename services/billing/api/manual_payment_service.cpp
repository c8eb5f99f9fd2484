// Shapes in, use cases, shapes out.
#include "services/billing/api/manual_payment_service.h"

#include "common/core/text.h"
#include "services/billing/api/convert.h"
#include "services/billing/domain/refund.h"
#include "services/billing/usecases/manual_payments.h"

namespace quittance::billing::api {
namespace {

constexpr std::size_t kTransferReferenceMax = 128;

Result<ConfirmManualPaymentCommand> ToCommand(const rpc::Call& call, const v1::ConfirmManualPaymentRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  const auto amount = ParsePositiveMoney(request.amount().amount_minor(), request.amount().currency_code(), "amount");
  if (!amount) return amount.error();
  return ConfirmManualPaymentCommand{call.caller, call.cause, call.once, *payment, *amount};
}

Result<RejectManualPaymentCommand> ToCommand(const rpc::Call& call, const v1::RejectManualPaymentRequest& request) {
  const auto payment = PaymentId::Parse(request.payment_intent_id(), "payment_intent_id");
  if (!payment) return payment.error();
  if (auto ok = CheckText(request.reason(), "reason", 0, kRefundReasonMax); !ok) return ok.error();
  return RejectManualPaymentCommand{call.caller, call.cause, call.once, *payment, request.reason()};
}

Result<ConfirmManualRefundCommand> ToCommand(const rpc::Call& call, const v1::ConfirmManualRefundRequest& request) {
  const auto refund = RefundId::Parse(request.refund_id(), "refund_id");
  if (!refund) return refund.error();
  if (auto ok = CheckText(request.reference(), "reference", 0, kTransferReferenceMax); !ok) return ok.error();
  return ConfirmManualRefundCommand{call.caller, call.cause, call.once, *refund, request.reference(), request.failed()};
}

}  // namespace

using Reactor = ManualPaymentService::Reactor;

Reactor* ManualPaymentService::ListReceivingAddresses(Context* context, const v1::ListReceivingAddressesRequest* request,
                                                      v1::ListReceivingAddressesResponse* response) {
  using Response = v1::ListReceivingAddressesResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListReceivingAddressesRequest&) -> Task<Result<Response>> {
                       const auto addresses = co_await billing::ListReceivingAddresses(deps_, call.caller.tenant);
                       Response list;
                       for (const auto& address : addresses) {
                         auto& wire = *list.add_receiving_addresses();
                         wire.set_kind(address.kind);
                         for (const auto& line : address.lines) wire.add_lines(line);
                       }
                       co_return list;
                     });
}

Reactor* ManualPaymentService::ConfirmManualPayment(Context* context, const v1::ConfirmManualPaymentRequest* request,
                                                    v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ConfirmManualPaymentRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::ConfirmManualPayment(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* ManualPaymentService::RejectManualPayment(Context* context, const v1::RejectManualPaymentRequest* request,
                                                   v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::RejectManualPaymentRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::RejectManualPayment(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* ManualPaymentService::ConfirmManualRefund(Context* context, const v1::ConfirmManualRefundRequest* request, v1::Refund* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ConfirmManualRefundRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::ConfirmManualRefund(deps_, std::move(*command));
                       co_return reply;
                     });
}

}  // namespace quittance::billing::api

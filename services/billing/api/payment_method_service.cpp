// Shapes in, use cases, shapes out. A refused token is named by its field alone.
#include "services/billing/api/payment_method_service.h"

#include "services/billing/api/convert.h"
#include "services/billing/usecases/payment_methods.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {
namespace {

Result<AddPaymentMethodCommand> ToCommand(const rpc::Call& call, const v1::AddPaymentMethodRequest& request) {
  const auto user = ActOn(call.caller, request.user_id(), "user_id");
  if (!user) return user.error();
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  AddPaymentMethodCommand command{call.caller, call.cause, call.once, {}, Secret(request.token()), request.make_default()};
  command.method.user = *user;
  command.method.connection = request.connection();
  command.method.kind = request.kind();
  command.method.brand = request.brand();
  command.method.last_four = request.last_four();
  if (request.expiry_month() != 0 || request.expiry_year() != 0) {
    command.method.expiry = Expiry{request.expiry_year(), request.expiry_month()};
  }
  return command;
}

Result<ListPaymentMethodsQuery> ToQuery(const rpc::Call& call, const v1::ListPaymentMethodsRequest& request) {
  const auto page = ParsePage(request.page_size(), request.page_token());
  if (!page) return page.error();
  const auto user = ListedUser(call, request.user_id());
  if (!user) return user.error();
  return ListPaymentMethodsQuery{call.caller, *user, *page};
}

template <class Request>
Result<ChangePaymentMethodCommand> ToChange(const rpc::Call& call, const Request& request) {
  const auto method = PaymentMethodId::Parse(request.payment_method_id(), "payment_method_id");
  if (!method) return method.error();
  return ChangePaymentMethodCommand{call.caller, call.cause, call.once, *method};
}

}  // namespace

using Reactor = PaymentMethodService::Reactor;

Reactor* PaymentMethodService::AddPaymentMethod(Context* context, const v1::AddPaymentMethodRequest* request, v1::PaymentMethod* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::AddPaymentMethodRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::AddPaymentMethod(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* PaymentMethodService::GetPaymentMethod(Context* context, const v1::GetPaymentMethodRequest* request, v1::PaymentMethod* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetPaymentMethodRequest& r) -> Task<Result<v1::PaymentMethod>> {
                       const auto id = PaymentMethodId::Parse(r.payment_method_id(), "payment_method_id");
                       if (!id) co_return id.error();
                       auto method = co_await billing::GetPaymentMethod(deps_, call.caller, *id);
                       if (!method) co_return method.error();
                       co_return ToWire(*method, deps_.clock.Now());
                     });
}

Reactor* PaymentMethodService::ListPaymentMethods(Context* context, const v1::ListPaymentMethodsRequest* request,
                                                  v1::ListPaymentMethodsResponse* response) {
  using Response = v1::ListPaymentMethodsResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListPaymentMethodsRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListPaymentMethods(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& method : page->methods) *list.add_payment_methods() = ToWire(method, deps_.clock.Now());
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

Reactor* PaymentMethodService::SetDefaultPaymentMethod(Context* context, const v1::SetDefaultPaymentMethodRequest* request,
                                                       v1::PaymentMethod* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::SetDefaultPaymentMethodRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToChange(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::SetDefaultPaymentMethod(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* PaymentMethodService::DeletePaymentMethod(Context* context, const v1::DeletePaymentMethodRequest* request,
                                                   v1::PaymentMethod* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::DeletePaymentMethodRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToChange(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::DeletePaymentMethod(deps_, std::move(*command));
                       co_return reply;
                     });
}

}  // namespace quittance::billing::api

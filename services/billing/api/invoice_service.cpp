// Shapes in, use cases, shapes out.
#include "services/billing/api/invoice_service.h"

#include "services/billing/api/convert_reads.h"
#include "services/billing/usecases/invoices.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {
namespace {

Result<Currency> CurrencyOf(const v1::CreateInvoiceRequest& request) {
  std::optional<Currency> currency;
  for (const auto& line : request.lines()) {
    const auto of_line = Currency::Parse(line.unit_amount().currency_code());
    if (!of_line) return InvalidField("lines.unit_amount.currency_code", "must be an ISO 4217 code in upper case");
    if (currency && !(*currency == *of_line)) return InvalidField("lines.unit_amount.currency_code", "must be the same on every line");
    currency = of_line;
  }
  if (!currency) return InvalidField("lines", "must be 1 to 200");
  return *currency;
}

Result<CreateInvoiceCommand> ToCommand(const rpc::Call& call, const v1::CreateInvoiceRequest& request) {
  const auto user = UserId::Parse(request.user_id(), "user_id");
  if (!user) return user.error();
  if (request.lines_size() > static_cast<int>(kInvoiceLinesMax)) return InvalidField("lines", "must be 1 to 200");
  const auto currency = CurrencyOf(request);
  if (!currency) return currency.error();
  CreateInvoiceCommand command{call.caller, call.cause, call.once, *user, *currency, {}, request.memo(), std::nullopt};
  for (const auto& line : request.lines()) {
    const auto quantity = line.quantity() == 0 ? 1 : line.quantity();
    command.lines.push_back({line.description(), quantity, line.unit_amount().amount_minor(), line.tax_rate_basis_points(), 0, 0});
  }
  if (request.has_due_time()) {
    const auto due = ToTime(true, request.due_time(), "due_time");
    if (!due) return due.error();
    command.due_time = *due;
  }
  return command;
}

Result<ListInvoicesQuery> ToQuery(const rpc::Call& call, const v1::ListInvoicesRequest& request) {
  const auto page = ParsePage(request.page_size(), request.page_token());
  if (!page) return page.error();
  const auto user = ListedUser(call, request.user_id());
  if (!user) return user.error();
  ListInvoicesQuery query{call.caller, *user, std::nullopt, *page};
  if (request.status() == v1::Invoice::STATUS_UNSPECIFIED) return query;
  if (!v1::Invoice::Status_IsValid(request.status())) return InvalidField("status", "must be a status of an invoice");
  query.status = static_cast<InvoiceStatus>(request.status());
  return query;
}

Result<PayInvoiceCommand> ToCommand(const rpc::Call& call, const v1::PayInvoiceRequest& request) {
  const auto invoice = InvoiceId::Parse(request.invoice_id(), "invoice_id");
  if (!invoice) return invoice.error();
  if (auto ok = CheckConnection(request.connection()); !ok) return ok.error();
  const auto method = ToMethod(request.payment_method_id());
  if (!method) return method.error();
  if (auto ok = CheckReturnUrl(request.return_url()); !ok) return ok.error();
  return PayInvoiceCommand{call.caller, call.cause, call.once, *invoice, request.connection(), request.return_url(), *method};
}

}  // namespace

using Reactor = InvoiceService::Reactor;

Reactor* InvoiceService::CreateInvoice(Context* context, const v1::CreateInvoiceRequest* request, v1::Invoice* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::CreateInvoiceRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::CreateInvoice(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* InvoiceService::GetInvoice(Context* context, const v1::GetInvoiceRequest* request, v1::Invoice* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::GetInvoiceRequest& r) -> Task<Result<v1::Invoice>> {
                       const auto id = InvoiceId::Parse(r.invoice_id(), "invoice_id");
                       if (!id) co_return id.error();
                       auto invoice = co_await billing::GetInvoice(deps_, call.caller, *id);
                       if (!invoice) co_return invoice.error();
                       co_return ToWire(*invoice, View::kCaller);
                     });
}

Reactor* InvoiceService::ListInvoices(Context* context, const v1::ListInvoicesRequest* request, v1::ListInvoicesResponse* response) {
  using Response = v1::ListInvoicesResponse;
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::ListInvoicesRequest& r) -> Task<Result<Response>> {
                       auto query = ToQuery(call, r);
                       if (!query) co_return query.error();
                       auto page = co_await billing::ListInvoices(deps_, std::move(*query));
                       if (!page) co_return page.error();
                       Response list;
                       for (const auto& invoice : page->invoices) *list.add_invoices() = ToWire(invoice, View::kCaller);
                       list.set_next_page_token(page->next_page_token);
                       co_return list;
                     });
}

Reactor* InvoiceService::PayInvoice(Context* context, const v1::PayInvoiceRequest* request, v1::PaymentIntent* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::PayInvoiceRequest& r) -> Task<Result<db::Reply>> {
                       auto command = ToCommand(call, r);
                       if (!command) co_return command.error();
                       auto reply = co_await billing::PayInvoice(deps_, std::move(*command));
                       co_return reply;
                     });
}

Reactor* InvoiceService::VoidInvoice(Context* context, const v1::VoidInvoiceRequest* request, v1::Invoice* response) {
  return rpc::Handle(edge_, context, request, response,
                     [this](const rpc::Call& call, const v1::VoidInvoiceRequest& r) -> Task<Result<db::Reply>> {
                       const auto id = InvoiceId::Parse(r.invoice_id(), "invoice_id");
                       if (!id) co_return id.error();
                       VoidInvoiceCommand command{call.caller, call.cause, call.once, *id};
                       auto reply = co_await billing::VoidInvoice(deps_, std::move(command));
                       co_return reply;
                     });
}

}  // namespace quittance::billing::api

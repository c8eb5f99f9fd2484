// CreateInvoice, GetInvoice, ListInvoices, PayInvoice, VoidInvoice, and the job that issues credit notes.
#pragma once

#include "common/core/page.h"
#include "services/billing/deps.h"
#include "services/billing/domain/invoice.h"

namespace quittance::billing {

struct CreateInvoiceCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  UserId user;
  Currency currency;
  std::vector<InvoiceLine> lines;
  std::string memo;
  std::optional<TimePoint> due_time;
};
Task<Result<db::Reply>> CreateInvoice(Deps& deps, CreateInvoiceCommand command);

Task<Result<Invoice>> GetInvoice(Deps& deps, Caller caller, InvoiceId invoice);

struct ListInvoicesQuery {
  Caller caller;
  std::optional<UserId> user;
  std::optional<InvoiceStatus> status;
  PageRequest page;
};
struct InvoicePage {
  std::vector<Invoice> invoices;
  std::string next_page_token;
};
Task<Result<InvoicePage>> ListInvoices(Deps& deps, ListInvoicesQuery query);

struct PayInvoiceCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  InvoiceId invoice;
  std::string connection;
  std::string return_url;
  std::optional<PaymentMethodId> method = {};
};
// The payment intent of the invoice's total, as CreatePaymentIntent gives it.
Task<Result<db::Reply>> PayInvoice(Deps& deps, PayInvoiceCommand command);

struct VoidInvoiceCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  InvoiceId invoice;
};
Task<Result<db::Reply>> VoidInvoice(Deps& deps, VoidInvoiceCommand command);

}  // namespace quittance::billing

// Each list is the one that the person can read by themselves, so what it hides from callers it hides here.
#include "services/billing/api/person_lists.h"

#include "services/billing/usecases/invoices.h"
#include "services/billing/usecases/payment_methods.h"
#include "services/billing/usecases/reads.h"
#include "services/billing/wire.h"

namespace quittance::billing::api {
namespace {

constexpr std::int32_t kInvoicesPage = 10;  // of up to 200 lines each

Task<Result<person::Page>> PaymentsOf(Deps& deps, Caller person, std::string token) {
  const auto page = ParsePage(person::kPageSize, token);
  if (!page) co_return page.error();
  ListPaymentIntentsQuery query{person, person.user, std::nullopt, *page};
  const auto found = co_await billing::ListPaymentIntents(deps, std::move(query));
  if (!found) co_return found.error();
  co_return person::ToPage(found->payments, found->next_page_token, [](const Payment& each) { return ToWire(each, View::kCaller); });
}

Task<Result<person::Page>> RefundsOf(Deps& deps, Caller person, std::string token) {
  const auto page = ParsePage(person::kPageSize, token);
  if (!page) co_return page.error();
  ListRefundsQuery query{person, std::nullopt, person.user, std::nullopt, *page};
  const auto found = co_await billing::ListRefunds(deps, std::move(query));
  if (!found) co_return found.error();
  co_return person::ToPage(found->refunds, found->next_page_token, [](const Refund& each) { return ToWire(each); });
}

Task<Result<person::Page>> DisputesOf(Deps& deps, Caller person, std::string token) {
  const auto page = ParsePage(person::kPageSize, token);
  if (!page) co_return page.error();
  ListDisputesQuery query{person, std::nullopt, person.user, std::nullopt, *page};
  const auto found = co_await billing::ListDisputes(deps, std::move(query));
  if (!found) co_return found.error();
  co_return person::ToPage(found->disputes, found->next_page_token, [](const Dispute& each) { return ToWire(each); });
}

Task<Result<person::Page>> InvoicesOf(Deps& deps, Caller person, std::string token) {
  const auto page = ParsePage(kInvoicesPage, token);
  if (!page) co_return page.error();
  ListInvoicesQuery query{person, person.user, std::nullopt, *page};
  const auto found = co_await billing::ListInvoices(deps, std::move(query));
  if (!found) co_return found.error();
  co_return person::ToPage(found->invoices, found->next_page_token, [](const Invoice& each) { return ToWire(each, View::kCaller); });
}

Task<Result<person::Page>> MethodsOf(Deps& deps, Caller person, std::string token) {
  const TimePoint now = deps.clock.Now();
  const auto page = ParsePage(person::kPageSize, token);
  if (!page) co_return page.error();
  ListPaymentMethodsQuery query{person, person.user, *page};
  const auto found = co_await billing::ListPaymentMethods(deps, std::move(query));
  if (!found) co_return found.error();
  co_return person::ToPage(found->methods, found->next_page_token, [now](const PaymentMethod& each) { return ToWire(each, now); });
}

person::List ListOf(Deps& deps, std::string kind, Task<Result<person::Page>> (*read)(Deps&, Caller, std::string)) {
  return {std::move(kind), [&deps, read](Caller person, std::string token) { return read(deps, std::move(person), std::move(token)); }};
}

}  // namespace

person::Lists PersonLists(Deps& deps) {
  return {ListOf(deps, "payment_intents", PaymentsOf), ListOf(deps, "refunds", RefundsOf),         ListOf(deps, "disputes", DisputesOf),
          ListOf(deps, "invoices", InvoicesOf),        ListOf(deps, "payment_methods", MethodsOf), person::AuditEntries(deps.db)};
}

}  // namespace quittance::billing::api

// Local effects, each one transaction under its key. The number comes last: whoever waits for the counter waits for a commit only.
#include "services/billing/usecases/invoices.h"

#include "common/audit/audit.h"
#include "services/billing/events.h"
#include "services/billing/store/invoices.h"
#include "services/billing/store/projections.h"
#include "services/billing/usecases/access.h"
#include "services/billing/usecases/create_payment_intent.h"
#include "services/billing/usecases/jobs.h"
#include "services/billing/usecases/resume.h"

namespace quittance::billing {
namespace {

Error UserUnknown() { return Precondition(Reason::kUserUnknown, "auth knows no such user in this tenant"); }

Task<bool> KnowsUser(Deps& deps, TenantId tenant, UserId user) {
  const auto scope = db::Scope::Of(tenant);
  const bool known = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return !store::KnownUsers(tx, {{tenant, user}}).empty(); });
  if (known || !deps.ports.ask_user) co_return known;
  const auto version = co_await deps.ports.ask_user(tenant, user);
  if (!version) co_return false;
  co_await deps.db.Transact(scope, [&](db::Tx& tx) { store::PutUser(tx, tenant, user, *version); });
  co_return true;
}

Error WrongState(const Invoice& invoice) {
  if (invoice.status == InvoiceStatus::kPaid) {
    return Precondition(Reason::kAlreadyPaid, "this invoice is paid", {{"payment_intent_id", invoice.payment->ToString()}});
  }
  return Precondition(Reason::kStateConflict, "this invoice is void", {{"state", std::string(Name(invoice.status))}});
}

}  // namespace

Task<Result<db::Reply>> CreateInvoice(Deps& deps, CreateInvoiceCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto tenant = command.once.tenant;
  auto invoice = MakeInvoice(deps.ids.New<InvoiceId>(), tenant, command.user, command.currency, std::move(command.lines),
                             std::move(command.memo), command.due_time, now);
  if (!invoice) co_return invoice.error();
  const bool known = co_await KnowsUser(deps, tenant, command.user);
  if (!known) {
    auto refusal = co_await RefuseUnlessReplayed(deps, command.once, UserUnknown());
    co_return refusal;
  }
  const auto zone = deps.ports.time_zone(tenant);
  auto reply = co_await deps.db.Once(db::Scope::Of(tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const auto event = deps.ids.Next();
    store::InsertInvoiceLines(tx, *invoice);
    audit::Append(tx, {tenant, now, command.cause, "CreateInvoice", invoice->id.ToString(), "", event});
    invoice->number = store::DrawNumber(tx, tenant, kInvoiceSeries, zone, now);
    store::InsertInvoice(tx, *invoice, events::InvoiceChanged(InvoiceEvent::kCreated, *invoice, {event, now, command.cause.traceparent}));
    return events::ReplyOf(*invoice);
  });
  co_return reply;
}

Task<Result<Invoice>> GetInvoice(Deps& deps, Caller caller, InvoiceId invoice) {
  auto found = co_await deps.db.Transact(ScopeOf(caller), [&](db::Tx& tx) { return store::FindInvoice(tx, {caller.tenant, invoice}); });
  if (!found) co_return Missing(caller, "invoice_id");
  co_return std::move(*found);
}

Task<Result<InvoicePage>> ListInvoices(Deps& deps, ListInvoicesQuery query) {
  const store::InvoiceFilter filter{query.caller.tenant, query.user, query.status};
  InvoicePage page;
  page.invoices = co_await deps.db.Transact(ScopeOf(query.caller), [&](db::Tx& tx) { return store::ListInvoices(tx, filter, query.page); });
  if (!page.invoices.empty()) page.next_page_token = NextPageToken(query.page, page.invoices.size(), page.invoices.back().id.uuid);
  co_return page;
}

Task<Result<db::Reply>> PayInvoice(Deps& deps, PayInvoiceCommand command) {
  const auto invoice = co_await GetInvoice(deps, command.caller, command.invoice);
  if (!invoice) co_return invoice.error();
  if (invoice->status != InvoiceStatus::kOpen) {
    auto refusal = co_await RefuseUnlessReplayed(deps, command.once, WrongState(*invoice));
    co_return refusal;
  }
  CreatePaymentIntentCommand create{.caller = command.caller,
                                    .cause = command.cause,
                                    .once = command.once,
                                    .user = invoice->user,
                                    .purpose = {PurposeKind::kInvoice, command.invoice.ToString()},
                                    .amount = std::nullopt,
                                    .connection = command.connection,
                                    .return_url = command.return_url,
                                    .metadata = {},
                                    .method = command.method};
  auto reply = co_await CreatePaymentIntent(deps, std::move(create));
  co_return reply;
}

Task<Result<db::Reply>> VoidInvoice(Deps& deps, VoidInvoiceCommand command) {
  const store::InvoiceKey key{command.once.tenant, command.invoice};
  auto reply = co_await deps.db.Once(db::Scope::Of(key.tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    const TimePoint now = deps.clock.Now();
    auto invoice = store::LockInvoice(tx, key);
    if (!invoice) return Missing(command.caller, "invoice_id");
    const auto to = Move(invoice->status, InvoiceTrigger::kVoid);
    if (!to) return WrongState(*invoice);
    if (const auto open = store::OpenPaymentOf(tx, key)) {
      return Precondition(Reason::kOpenPaymentExists, "a payment of this invoice is open: cancel it first",
                          {{"payment_intent_id", open->ToString()}});
    }
    invoice->status = *to;
    invoice->void_time = now;
    invoice->update_time = now;
    ++invoice->version;
    store::UpdateInvoice(tx, *invoice);
    const auto event = deps.ids.Next();
    const auto whole = store::FindInvoice(tx, key);
    ::quittance::events::AppendToOutbox(tx, events::InvoiceChanged(InvoiceEvent::kVoided, *whole, {event, now, command.cause.traceparent}));
    audit::Append(tx, {key.tenant, now, command.cause, "VoidInvoice", key.id.ToString(), "", event});
    return events::ReplyOf(*whole);
  });
  co_return reply;
}

Task<int> IssueCreditNotes(Deps& deps) {
  const auto pending = co_await deps.system_db.Transact(db::Scope::System(), [](db::Tx& tx) { return store::PendingNotes(tx, kDueMax); });
  for (const auto& note : pending) {
    const auto zone = deps.ports.time_zone(note.tenant);
    const TimePoint now = deps.clock.Now();
    co_await deps.db.Transact(db::Scope::Of(note.tenant), [&](db::Tx& tx) {
      if (!store::LockPendingNote(tx, note)) return;
      audit::Append(tx, {note.tenant, now, {"system:issue_credit_notes", ""}, "IssueCreditNote", note.id.ToString(), "", {}});
      store::IssueCreditNote(tx, note, store::DrawNumber(tx, note.tenant, kCreditSeries, zone, now), now);
    });
  }
  co_return static_cast<int>(pending.size());
}

}  // namespace quittance::billing

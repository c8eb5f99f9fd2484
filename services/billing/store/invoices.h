// Rows of invoices, lines and credit notes. Invariant: no change of an invoice's status without its event; a number is drawn in the
// transaction that uses it, as late as possible.
#pragma once

#include "services/billing/domain/invoice.h"
#include "services/billing/store/payments.h"

namespace quittance::billing::store {

// The next number of the series in the year that `now` has in the tenant's time zone; its row stays locked until the commit.
std::string DrawNumber(db::Tx& tx, TenantId tenant, std::string_view series, const std::string& time_zone, TimePoint now);

void InsertInvoiceLines(db::Tx& tx, const Invoice& invoice);
void InsertInvoice(db::Tx& tx, const Invoice& invoice, const ::quittance::events::Event& event);

struct InvoiceKey {
  TenantId tenant;
  InvoiceId id;

  auto operator<=>(const InvoiceKey&) const = default;
};
// With lines and credit notes.
std::optional<Invoice> FindInvoice(db::Tx& tx, InvoiceKey key);
// Without them, FOR UPDATE.
std::optional<Invoice> LockInvoice(db::Tx& tx, InvoiceKey key);
// What an invoice asks for, for those that exist.
struct InvoiceHead {
  UserId user;
  InvoiceStatus status;
  Money total;
};
std::map<InvoiceKey, InvoiceHead> FindHeads(db::Tx& tx, const std::set<InvoiceKey>& keys);

struct InvoiceFilter {
  TenantId tenant;
  std::optional<UserId> user;
  std::optional<InvoiceStatus> status;
};
// Newest first, without lines.
std::vector<Invoice> ListInvoices(db::Tx& tx, const InvoiceFilter& filter, const PageRequest& page);

// Status, payment, times and version.
void UpdateInvoice(db::Tx& tx, const Invoice& invoice);

// A payment of this invoice that is open.
std::optional<PaymentId> OpenPaymentOf(db::Tx& tx, InvoiceKey key);

// A credit note that waits to be issued; once for a refund.
void InsertCreditNote(db::Tx& tx, InvoiceKey invoice, UserId user, CreditNoteId id, const Refund& refund, TimePoint now);
// The refund failed after all: what was issued keeps its number.
void CancelCreditNote(db::Tx& tx, TenantId tenant, RefundId refund);

// Credit notes without a number (system role).
struct PendingNote {
  TenantId tenant;
  CreditNoteId id;
};
std::vector<PendingNote> PendingNotes(db::Tx& tx, int limit);
// False: somebody else has issued or canceled it.
bool LockPendingNote(db::Tx& tx, PendingNote note);
void IssueCreditNote(db::Tx& tx, PendingNote note, const std::string& number, TimePoint now);

}  // namespace quittance::billing::store

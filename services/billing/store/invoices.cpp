// SQL of invoices. The year is PostgreSQL's to know: it has the time zones.
#include "services/billing/store/invoices.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kColumns =
    "tenant_id, id, user_id, number, status, currency, net_minor, tax_minor, total_minor, memo, due_time, payment_id, pay_time, void_time, "
    "version, create_time, update_time";

Currency CurrencyOf(const db::Row& row) {
  const auto currency = Currency::Parse(row.Text("currency"));
  CHECK(currency);
  return *currency;
}

Invoice Read(const db::Row& row) {
  return {.id = row.Get<InvoiceId>("id"),
          .tenant = row.Get<TenantId>("tenant_id"),
          .user = row.Get<UserId>("user_id"),
          .number = row.Get<std::string>("number"),
          .status = InvoiceStatusNamed(row.Text("status")),
          .total = {row.Get<std::int64_t>("total_minor"), CurrencyOf(row)},
          .net_minor = row.Get<std::int64_t>("net_minor"),
          .tax_minor = row.Get<std::int64_t>("tax_minor"),
          .lines = {},
          .credit_notes = {},
          .memo = row.Get<std::string>("memo"),
          .due_time = row.Find<TimePoint>("due_time"),
          .payment = row.Find<PaymentId>("payment_id"),
          .pay_time = row.Find<TimePoint>("pay_time"),
          .void_time = row.Find<TimePoint>("void_time"),
          .version = row.Get<std::int64_t>("version"),
          .create_time = row.Get<TimePoint>("create_time"),
          .update_time = row.Get<TimePoint>("update_time")};
}

void AddLines(db::Tx& tx, Invoice& invoice) {
  const auto rows = tx.Exec(
      "SELECT description, quantity, unit_minor, tax_rate_bp, net_minor, tax_minor FROM invoice_lines WHERE tenant_id = $1 AND invoice_id "
      "= $2 ORDER BY position",
      invoice.tenant, invoice.id);
  for (const auto& row : rows) {
    invoice.lines.push_back({row.Get<std::string>("description"), row.Get<std::int64_t>("quantity"), row.Get<std::int64_t>("unit_minor"),
                             row.Get<int>("tax_rate_bp"), row.Get<std::int64_t>("net_minor"), row.Get<std::int64_t>("tax_minor")});
  }
}

void AddCreditNotes(db::Tx& tx, Invoice& invoice) {
  const auto rows = tx.Exec(
      "SELECT id, refund_id, coalesce(number, '') AS number, status, amount_minor, currency, issue_time FROM credit_notes WHERE tenant_id "
      "= $1 AND invoice_id = $2 ORDER BY id",
      invoice.tenant, invoice.id);
  for (const auto& row : rows) {
    invoice.credit_notes.push_back({row.Get<CreditNoteId>("id"),
                                    row.Get<RefundId>("refund_id"),
                                    row.Get<std::string>("number"),
                                    CreditNoteStatusNamed(row.Text("status")),
                                    {row.Get<std::int64_t>("amount_minor"), CurrencyOf(row)},
                                    row.Find<TimePoint>("issue_time")});
  }
}

}  // namespace

std::string DrawNumber(db::Tx& tx, TenantId tenant, std::string_view series, const std::string& time_zone, TimePoint now) {
  const auto row =
      tx.Exec(
            "INSERT INTO invoice_numbers AS n (tenant_id, series, year, last) VALUES ($1, $2, extract(year FROM $3::timestamptz AT "
            "TIME ZONE $4::text)::int, 1) ON CONFLICT (tenant_id, series, year) DO UPDATE SET last = n.last + 1 RETURNING year, last",
            tenant, series, now, time_zone)
          .front();
  return InvoiceNumber(series, row.Get<int>("year"), row.Get<std::int64_t>("last"));
}

void InsertInvoiceLines(db::Tx& tx, const Invoice& invoice) {
  const auto column = [&](auto value) { return db::ArrayOf(invoice.lines, value); };
  using Line = InvoiceLine;
  tx.Exec(
      "INSERT INTO invoice_lines (tenant_id, invoice_id, user_id, position, description, quantity, unit_minor, tax_rate_bp, net_minor, "
      "tax_minor) SELECT $1, $2, $3, position, description, quantity, unit_minor, rate, net, tax FROM unnest($4::text[], $5::bigint[], "
      "$6::bigint[], $7::int[], $8::bigint[], $9::bigint[]) WITH ORDINALITY AS n(description, quantity, unit_minor, rate, net, tax, "
      "position)",
      invoice.tenant, invoice.id, invoice.user, column([](const Line& l) { return l.description; }),
      column([](const Line& l) { return l.quantity; }), column([](const Line& l) { return l.unit_minor; }),
      column([](const Line& l) { return l.tax_rate_bp; }), column([](const Line& l) { return l.net_minor; }),
      column([](const Line& l) { return l.tax_minor; }));
}

void InsertInvoice(db::Tx& tx, const Invoice& invoice, const ::quittance::events::Event& event) {
  tx.Exec(
      "INSERT INTO invoices (tenant_id, id, user_id, number, status, currency, net_minor, tax_minor, total_minor, memo, due_time, "
      "issue_time, version, create_time, update_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $12, $12)",
      invoice.tenant, invoice.id, invoice.user, invoice.number, Name(invoice.status), invoice.total.currency.code(), invoice.net_minor,
      invoice.tax_minor, invoice.total.amount_minor, invoice.memo, invoice.due_time, invoice.create_time, invoice.version);
  ::quittance::events::AppendToOutbox(tx, event);
}

std::optional<Invoice> FindInvoice(db::Tx& tx, InvoiceKey key) {
  const auto rows = tx.Exec("SELECT " + std::string(kColumns) + " FROM invoices WHERE tenant_id = $1 AND id = $2", key.tenant, key.id);
  if (rows.empty()) return std::nullopt;
  auto invoice = Read(rows.front());
  AddLines(tx, invoice);
  AddCreditNotes(tx, invoice);
  return invoice;
}

std::optional<Invoice> LockInvoice(db::Tx& tx, InvoiceKey key) {
  const auto rows =
      tx.Exec("SELECT " + std::string(kColumns) + " FROM invoices WHERE tenant_id = $1 AND id = $2 FOR UPDATE", key.tenant, key.id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::map<InvoiceKey, InvoiceHead> FindHeads(db::Tx& tx, const std::set<InvoiceKey>& keys) {
  std::map<InvoiceKey, InvoiceHead> heads;
  if (keys.empty()) return heads;
  const auto rows = tx.Exec(
      "SELECT tenant_id, id, user_id, status, total_minor, currency FROM invoices WHERE (tenant_id, id) IN (SELECT * FROM "
      "unnest($1::uuid[], "
      "$2::uuid[]))",
      db::ArrayOf(keys, [](const InvoiceKey& key) { return key.tenant; }), db::ArrayOf(keys, [](const InvoiceKey& key) { return key.id; }));
  for (const auto& row : rows) {
    heads.emplace(InvoiceKey{row.Get<TenantId>("tenant_id"), row.Get<InvoiceId>("id")},
                  InvoiceHead{row.Get<UserId>("user_id"), InvoiceStatusNamed(row.Text("status")),
                              Money{row.Get<std::int64_t>("total_minor"), CurrencyOf(row)}});
  }
  return heads;
}

std::vector<Invoice> ListInvoices(db::Tx& tx, const InvoiceFilter& filter, const PageRequest& page) {
  std::optional<std::string_view> status;
  if (filter.status) status = Name(*filter.status);
  const auto rows =
      tx.Exec("SELECT " + std::string(kColumns) +
                  " FROM invoices WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR status = $3) "
                  "AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
              filter.tenant, filter.user, status, page.after, page.size);
  std::vector<Invoice> list;
  for (const auto& row : rows) list.push_back(Read(row));
  return list;
}

void UpdateInvoice(db::Tx& tx, const Invoice& invoice) {
  tx.Exec(
      "UPDATE invoices SET status = $3, payment_id = $4, pay_time = $5, void_time = $6, version = $7, update_time = $8 WHERE tenant_id = "
      "$1 AND id = $2",
      invoice.tenant, invoice.id, Name(invoice.status), invoice.payment, invoice.pay_time, invoice.void_time, invoice.version,
      invoice.update_time);
}

std::optional<PaymentId> OpenPaymentOf(db::Tx& tx, InvoiceKey key) {
  const auto rows = tx.Exec(
      "SELECT p.id FROM invoices i JOIN payments p ON p.tenant_id = i.tenant_id AND p.user_id = i.user_id AND p.purpose_kind = 'invoice' "
      "AND p.purpose = $3 WHERE i.tenant_id = $1 AND i.id = $2 AND p.status = 'PENDING'",
      key.tenant, key.id, key.id.ToString());
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<PaymentId>("id");
}

void InsertCreditNote(db::Tx& tx, InvoiceKey invoice, UserId user, CreditNoteId id, const Refund& refund, TimePoint now) {
  tx.Exec(
      "INSERT INTO credit_notes (tenant_id, id, invoice_id, refund_id, user_id, status, amount_minor, currency, create_time) VALUES ($1, "
      "$2, $3, $4, $5, 'PENDING', $6, $7, $8) ON CONFLICT (tenant_id, refund_id) DO NOTHING",
      invoice.tenant, id, invoice.id, refund.id, user, refund.amount.amount_minor, refund.amount.currency.code(), now);
}

void CancelCreditNote(db::Tx& tx, TenantId tenant, RefundId refund) {
  tx.Exec("UPDATE credit_notes SET status = 'CANCELED' WHERE tenant_id = $1 AND refund_id = $2", tenant, refund);
}

std::vector<PendingNote> PendingNotes(db::Tx& tx, int limit) {
  std::vector<PendingNote> notes;
  for (const auto& row : tx.Exec("SELECT tenant_id, id FROM credit_notes WHERE status = 'PENDING' ORDER BY id LIMIT $1", limit)) {
    notes.push_back({row.Get<TenantId>("tenant_id"), row.Get<CreditNoteId>("id")});
  }
  return notes;
}

bool LockPendingNote(db::Tx& tx, PendingNote note) {
  return !tx.Exec("SELECT id FROM credit_notes WHERE tenant_id = $1 AND id = $2 AND status = 'PENDING' FOR UPDATE SKIP LOCKED", note.tenant,
                  note.id)
              .empty();
}

void IssueCreditNote(db::Tx& tx, PendingNote note, const std::string& number, TimePoint now) {
  tx.Exec("UPDATE credit_notes SET status = 'ISSUED', number = $3, issue_time = $4 WHERE tenant_id = $1 AND id = $2", note.tenant, note.id,
          number, now);
}

}  // namespace quittance::billing::store

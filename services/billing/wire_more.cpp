// Domain to contract for invoices, payment methods and reconciliation.
#include "services/billing/wire.h"

#include "common/rpc/proto_time.h"

namespace quittance::billing {
namespace {

static_assert(static_cast<int>(InvoiceStatus::kVoid) == v1::Invoice::VOID);
static_assert(static_cast<int>(CreditNoteStatus::kCanceled) == v1::CreditNote::CANCELED);
static_assert(static_cast<int>(DiscrepancyKind::kConflicted) == v1::Discrepancy::CONFLICTED);
static_assert(static_cast<int>(DiscrepancyState::kResolved) == v1::Discrepancy::RESOLVED);

constexpr const char* kTaxRounding = "half_up_per_line";

void SetMoney(common::v1::Money& wire, std::int64_t minor, std::string_view currency) {
  wire.set_amount_minor(minor);
  wire.set_currency_code(std::string(currency));
}

void SetLine(v1::InvoiceLine& wire, const InvoiceLine& line, std::string_view currency) {
  wire.set_description(line.description);
  wire.set_quantity(line.quantity);
  SetMoney(*wire.mutable_unit_amount(), line.unit_minor, currency);
  wire.set_tax_rate_basis_points(line.tax_rate_bp);
  SetMoney(*wire.mutable_net(), line.net_minor, currency);
  SetMoney(*wire.mutable_tax(), line.tax_minor, currency);
}

void SetCreditNote(v1::CreditNote& wire, const CreditNote& note) {
  wire.set_id(note.id.ToString());
  wire.set_refund_id(note.refund.ToString());
  wire.set_number(note.number);
  wire.set_status(static_cast<v1::CreditNote::Status>(note.status));
  SetMoney(*wire.mutable_amount(), note.amount.amount_minor, note.amount.currency.code());
  if (note.issue_time) rpc::SetTime(wire.mutable_issue_time(), *note.issue_time);
}

}  // namespace

// Lines and memo are what people wrote: they stay out of events.
v1::Invoice ToWire(const Invoice& invoice, View view) {
  v1::Invoice wire;
  const auto currency = invoice.total.currency.code();
  wire.set_id(invoice.id.ToString());
  wire.set_user_id(invoice.user.ToString());
  wire.set_number(invoice.number);
  wire.set_status(static_cast<v1::Invoice::Status>(invoice.status));
  SetMoney(*wire.mutable_net(), invoice.net_minor, currency);
  SetMoney(*wire.mutable_tax(), invoice.tax_minor, currency);
  SetMoney(*wire.mutable_total(), invoice.total.amount_minor, currency);
  wire.set_tax_rounding(kTaxRounding);
  if (invoice.due_time) rpc::SetTime(wire.mutable_due_time(), *invoice.due_time);
  if (invoice.payment) wire.set_payment_intent_id(invoice.payment->ToString());
  for (const auto& note : invoice.credit_notes) SetCreditNote(*wire.add_credit_notes(), note);
  if (invoice.pay_time) rpc::SetTime(wire.mutable_pay_time(), *invoice.pay_time);
  if (invoice.void_time) rpc::SetTime(wire.mutable_void_time(), *invoice.void_time);
  wire.set_version(invoice.version);
  rpc::SetTime(wire.mutable_create_time(), invoice.create_time);
  rpc::SetTime(wire.mutable_update_time(), invoice.update_time);
  wire.set_etag(std::to_string(invoice.version));
  if (view == View::kPublic) return wire;
  wire.set_memo(invoice.memo);
  for (const auto& line : invoice.lines) SetLine(*wire.add_lines(), line, currency);
  return wire;
}

v1::PaymentMethod ToWire(const PaymentMethod& method, TimePoint now) {
  v1::PaymentMethod wire;
  wire.set_id(method.id.ToString());
  wire.set_user_id(method.user.ToString());
  wire.set_connection(method.connection);
  wire.set_psp(method.psp);
  wire.set_kind(method.kind);
  wire.set_brand(method.brand);
  wire.set_last_four(method.last_four);
  if (method.expiry) {
    wire.set_expiry_month(method.expiry->month);
    wire.set_expiry_year(method.expiry->year);
  }
  wire.set_expired(IsExpired(method, now));
  wire.set_is_default(method.is_default);
  rpc::SetTime(wire.mutable_create_time(), method.create_time);
  rpc::SetTime(wire.mutable_update_time(), method.update_time);
  return wire;
}

v1::Discrepancy ToWire(const Discrepancy& discrepancy) {
  v1::Discrepancy wire;
  wire.set_id(discrepancy.id.ToString());
  wire.set_connection(discrepancy.connection);
  wire.set_kind(static_cast<v1::Discrepancy::Kind>(discrepancy.kind));
  wire.set_psp_reference(discrepancy.psp_reference);
  if (discrepancy.payment) wire.set_payment_intent_id(discrepancy.payment->ToString());
  SetMoney(*wire.mutable_amount(), discrepancy.amount_minor, discrepancy.currency);
  wire.set_state(static_cast<v1::Discrepancy::State>(discrepancy.state));
  wire.set_resolved_by(discrepancy.resolved_by);
  wire.set_resolution(discrepancy.resolution);
  rpc::SetTime(wire.mutable_first_time(), discrepancy.first_time);
  rpc::SetTime(wire.mutable_last_time(), discrepancy.last_time);
  return wire;
}

v1::ReconciliationRun ToWire(const ReconciliationRun& run) {
  v1::ReconciliationRun wire;
  wire.set_id(run.id.ToString());
  wire.set_connection(run.connection);
  rpc::SetTime(wire.mutable_begin_time(), run.begin_time);
  rpc::SetTime(wire.mutable_end_time(), run.end_time);
  wire.set_complete(run.complete);
  wire.set_listed(run.listed);
  wire.set_healed(run.healed);
  wire.set_open(run.open);
  rpc::SetTime(wire.mutable_run_time(), run.run_time);
  return wire;
}

}  // namespace quittance::billing

// Lock order: the payment first (its caller holds it), then its invoice.
#include "services/billing/usecases/follow_invoice.h"

#include "common/audit/audit.h"
#include "services/billing/events.h"
#include "services/billing/store/invoices.h"

namespace quittance::billing {
namespace {

std::optional<store::InvoiceKey> InvoiceOf(const Payment& payment) {
  if (payment.purpose.kind != PurposeKind::kInvoice) return std::nullopt;
  const auto id = InvoiceId::Parse(payment.purpose.value, "invoice_id");
  CHECK(id);
  return store::InvoiceKey{payment.tenant, *id};
}

std::optional<InvoiceTrigger> TriggerOf(const Payment& before, const Payment& after) {
  if (before.status == after.status) return std::nullopt;
  if (after.status == Status::kSucceeded) return InvoiceTrigger::kPay;  // a refund that failed after all, too: the table keeps what is PAID
  if (after.status == Status::kFailed && before.status != Status::kPending) return InvoiceTrigger::kLosePayment;
  return std::nullopt;
}

// Surplus and money that was never the invoice's says nothing about it.
bool BelongsToInvoice(const Payment& payment, const Refund& refund) {
  return payment.succeed_time && refund.reason != kReasonSurplus && refund.reason != kReasonSuperseded &&
         refund.reason != kReasonConflicted;
}

}  // namespace

bool InvoiceIsVoid(db::Tx& tx, const Payment& payment) {
  const auto key = InvoiceOf(payment);
  if (!key) return false;
  const auto invoice = store::LockInvoice(tx, *key);
  return invoice && invoice->status == InvoiceStatus::kVoid;
}

std::optional<::quittance::events::Event> FollowInvoice(db::Tx& tx, Deps& deps, const Payment& before, const Payment& after,
                                                        const Cause& cause, TimePoint now) {
  const auto key = InvoiceOf(after);
  const auto trigger = TriggerOf(before, after);
  if (!key || !trigger) return std::nullopt;
  auto invoice = store::LockInvoice(tx, *key);
  CHECK(invoice);
  const auto to = Move(invoice->status, *trigger);
  const bool ours = *trigger == InvoiceTrigger::kPay || invoice->payment == after.id;
  if (!to || !ours) return std::nullopt;
  const bool paid = *to == InvoiceStatus::kPaid;
  invoice->status = *to;
  invoice->payment = paid ? std::optional(after.id) : std::nullopt;
  invoice->pay_time = paid ? std::optional(now) : std::nullopt;
  invoice->update_time = now;
  ++invoice->version;
  store::UpdateInvoice(tx, *invoice);
  const auto event = deps.ids.Next();
  audit::Append(tx, {key->tenant, now, cause, paid ? "InvoicePaid" : "InvoiceReopened", key->id.ToString(),
                     "{\"payment\":\"" + after.id.ToString() + "\"}", event});
  return events::InvoiceChanged(paid ? InvoiceEvent::kPaid : InvoiceEvent::kReopened, *store::FindInvoice(tx, *key),
                                {event, now, cause.traceparent});
}

void FollowRefund(db::Tx& tx, Deps& deps, const Payment& payment, const Refund& refund, TimePoint now) {
  const auto key = InvoiceOf(payment);
  if (!key || !BelongsToInvoice(payment, refund)) return;
  if (refund.status == RefundStatus::kFailed) {
    store::CancelCreditNote(tx, key->tenant, refund.id);
    return;
  }
  store::InsertCreditNote(tx, *key, payment.user, deps.ids.New<CreditNoteId>(), refund, now);
  tx.OnCommit([wake = deps.ports.wake] {
    if (wake) wake("issue_credit_notes");
  });
}

}  // namespace quittance::billing

// One table: which message tells of which change.
#include "services/billing/events.h"

#include "quittance/billing/v1/billing_events.pb.h"
#include "services/billing/wire.h"

namespace quittance::billing::events {
namespace {

template <class Message>
::quittance::events::Event Make(const Message& message, const Payment& payment, const Stamp& stamp) {
  return {.id = stamp.id,
          .tenant = payment.tenant,
          .type = Message::descriptor()->full_name(),
          .key = payment.id.ToString(),
          .sequence = payment.version,
          .time = stamp.time,
          .traceparent = stamp.traceparent,
          .data = message.SerializeAsString()};
}

template <class Message>
::quittance::events::Event OfPayment(const Payment& payment, const Stamp& stamp) {
  Message message;
  *message.mutable_payment_intent() = ToWire(payment, View::kPublic);
  return Make(message, payment, stamp);
}

template <class Message>
::quittance::events::Event OfDispute(const Payment& payment, const Dispute* dispute, const Stamp& stamp) {
  Message message;
  *message.mutable_payment_intent() = ToWire(payment, View::kPublic);
  if (dispute != nullptr) *message.mutable_dispute() = ToWire(*dispute);
  return Make(message, payment, stamp);
}

template <class Message>
::quittance::events::Event OfRefund(const Payment& payment, const Refund& refund, const Stamp& stamp) {
  Message message;
  *message.mutable_payment_intent() = ToWire(payment, View::kPublic);
  *message.mutable_refund() = ToWire(refund);
  return Make(message, payment, stamp);
}

// The key of an invoice's events is the invoice's id, their sequence its version.
template <class Message>
::quittance::events::Event OfInvoice(const Invoice& invoice, const Stamp& stamp) {
  Message message;
  *message.mutable_invoice() = ToWire(invoice, View::kPublic);
  return {.id = stamp.id,
          .tenant = invoice.tenant,
          .type = Message::descriptor()->full_name(),
          .key = invoice.id.ToString(),
          .sequence = invoice.version,
          .time = stamp.time,
          .traceparent = stamp.traceparent,
          .data = message.SerializeAsString()};
}

template <class Message>
db::Reply Bytes(const Message& message) {
  db::Reply reply;
  reply.bytes = message.SerializeAsString();
  return reply;
}

}  // namespace

::quittance::events::Event PaymentChanged(PaymentEvent what, const Payment& payment, const Stamp& stamp, const Dispute* dispute) {
  switch (what) {
    case PaymentEvent::kCreated:
      return OfPayment<v1::PaymentCreated>(payment, stamp);
    case PaymentEvent::kUpdated:
      return OfPayment<v1::PaymentUpdated>(payment, stamp);
    case PaymentEvent::kRequiresAction:
      return OfPayment<v1::PaymentRequiresAction>(payment, stamp);
    case PaymentEvent::kSucceeded:
      return OfPayment<v1::PaymentSucceeded>(payment, stamp);
    case PaymentEvent::kFailed:
      return OfPayment<v1::PaymentFailed>(payment, stamp);
    case PaymentEvent::kPartiallyRefunded:
      return OfPayment<v1::PaymentPartiallyRefunded>(payment, stamp);
    case PaymentEvent::kRefunded:
      return OfPayment<v1::PaymentRefunded>(payment, stamp);
    case PaymentEvent::kReinstated:
      return OfPayment<v1::PaymentReinstated>(payment, stamp);
    case PaymentEvent::kDisputed:
      return OfDispute<v1::PaymentDisputed>(payment, dispute, stamp);
    case PaymentEvent::kDisputeClosed:
      return OfDispute<v1::DisputeClosed>(payment, dispute, stamp);
    case PaymentEvent::kConflicted:
      return OfPayment<v1::PaymentConflicted>(payment, stamp);
  }
  CHECK(false);
}

::quittance::events::Event RefundChanged(RefundEvent what, const Payment& payment, const Refund& refund, const Stamp& stamp) {
  switch (what) {
    case RefundEvent::kOpened:
      return OfRefund<v1::RefundOpened>(payment, refund, stamp);
    case RefundEvent::kSucceeded:
      return OfRefund<v1::RefundSucceeded>(payment, refund, stamp);
    case RefundEvent::kFailed:
      return OfRefund<v1::RefundFailed>(payment, refund, stamp);
  }
  CHECK(false);
}

::quittance::events::Event InvoiceChanged(InvoiceEvent what, const Invoice& invoice, const Stamp& stamp) {
  switch (what) {
    case InvoiceEvent::kCreated:
      return OfInvoice<v1::InvoiceCreated>(invoice, stamp);
    case InvoiceEvent::kPaid:
      return OfInvoice<v1::InvoicePaid>(invoice, stamp);
    case InvoiceEvent::kVoided:
      return OfInvoice<v1::InvoiceVoided>(invoice, stamp);
    case InvoiceEvent::kReopened:
      return OfInvoice<v1::InvoiceReopened>(invoice, stamp);
  }
  CHECK(false);
}

db::Reply ReplyOf(const Payment& payment) {
  db::Reply reply;
  reply.bytes = ToWire(payment, View::kCaller).SerializeAsString();
  if (!payment.newest().next_action.client_secret.empty()) reply.secret_bytes = ToWire(payment, View::kSecret).SerializeAsString();
  return reply;
}

db::Reply ReplyOf(const Refund& refund) {
  db::Reply reply;
  reply.bytes = ToWire(refund).SerializeAsString();
  return reply;
}

db::Reply ReplyOf(const Delivery& delivery) { return Bytes(ToWire(delivery)); }
db::Reply ReplyOf(const Invoice& invoice) { return Bytes(ToWire(invoice, View::kCaller)); }
db::Reply ReplyOf(const PaymentMethod& method, TimePoint now) { return Bytes(ToWire(method, now)); }
db::Reply ReplyOf(const Discrepancy& discrepancy) { return Bytes(ToWire(discrepancy)); }
db::Reply ReplyOf(const ReconciliationRun& run) { return Bytes(ToWire(run)); }

db::Reply AwaitingReplyOf(const Payment& payment) {
  auto wire = ToWire(payment, View::kCaller);
  wire.set_awaits_second_person(true);
  db::Reply reply;
  reply.bytes = wire.SerializeAsString();
  return reply;
}

}  // namespace quittance::billing::events

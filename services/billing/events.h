// Billing's events and stored replies, made from domain values. Invariant: the data of an event is the payment's whole public state at its
// version.
#pragma once

#include "common/db/idempotency.h"
#include "common/events/event.h"
#include "services/billing/domain/change.h"
#include "services/billing/domain/delivery.h"
#include "services/billing/domain/discrepancy.h"
#include "services/billing/domain/invoice.h"
#include "services/billing/domain/payment_method.h"

namespace quittance::billing::events {

// What an event carries besides its data.
struct Stamp {
  Uuid id;
  TimePoint time;
  std::string traceparent;
};

// `dispute`: the one that changed, for the events about disputes.
::quittance::events::Event PaymentChanged(PaymentEvent what, const Payment& payment, const Stamp& stamp, const Dispute* dispute = nullptr);
::quittance::events::Event RefundChanged(RefundEvent what, const Payment& payment, const Refund& refund, const Stamp& stamp);

// The answer of a mutating rpc, as it is stored and replayed; a client secret goes into the sealed half.
db::Reply ReplyOf(const Payment& payment);
::quittance::events::Event InvoiceChanged(InvoiceEvent what, const Invoice& invoice, const Stamp& stamp);
db::Reply ReplyOf(const Invoice& invoice);
db::Reply ReplyOf(const PaymentMethod& method, TimePoint now);
db::Reply ReplyOf(const Discrepancy& discrepancy);
db::Reply ReplyOf(const ReconciliationRun& run);
db::Reply ReplyOf(const Refund& refund);
db::Reply ReplyOf(const Delivery& delivery);
// One person's word is stored, a second one's is awaited.
db::Reply AwaitingReplyOf(const Payment& payment);

}  // namespace quittance::billing::events

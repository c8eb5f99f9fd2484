// Domain to contract: the one place that fills billing's messages. Included by events.cpp and api/ only.
#pragma once

#include "quittance/billing/v1/billing.pb.h"
#include "quittance/billing/v1/invoices.pb.h"
#include "quittance/billing/v1/payment_methods.pb.h"
#include "quittance/billing/v1/reconciliation.pb.h"
#include "services/billing/domain/delivery.h"
#include "services/billing/domain/discrepancy.h"
#include "services/billing/domain/invoice.h"
#include "services/billing/domain/payment_method.h"
#include "services/billing/domain/timeline.h"

namespace quittance::billing {

enum class View {
  kPublic,  // what events carry: no next_action, no metadata
  kCaller,  // what reads and replies carry: no client secret
  kSecret,  // what the first reply carries
};

v1::PaymentIntent ToWire(const Payment& payment, View view);
v1::Refund ToWire(const Refund& refund);
v1::Dispute ToWire(const Dispute& dispute);
v1::Invoice ToWire(const Invoice& invoice, View view);
v1::PaymentMethod ToWire(const PaymentMethod& method, TimePoint now);
v1::Discrepancy ToWire(const Discrepancy& discrepancy);
v1::ReconciliationRun ToWire(const ReconciliationRun& run);
v1::WebhookDelivery ToWire(const Delivery& delivery);
v1::PaymentTimeline ToWire(const Timeline& timeline);

}  // namespace quittance::billing

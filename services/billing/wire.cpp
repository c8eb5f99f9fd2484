// Invariant: enum numbers of domain and contract agree (held by the assertions below).
#include "services/billing/wire.h"

#include "common/crypto/hmac.h"
#include "common/rpc/proto_time.h"

namespace quittance::billing {
namespace {

static_assert(static_cast<int>(Status::kPending) == v1::PaymentIntent::PENDING);
static_assert(static_cast<int>(Status::kSucceeded) == v1::PaymentIntent::SUCCEEDED);
static_assert(static_cast<int>(Status::kFailed) == v1::PaymentIntent::FAILED);
static_assert(static_cast<int>(Status::kRefunded) == v1::PaymentIntent::REFUNDED);
static_assert(static_cast<int>(AttemptStatus::kCreated) == v1::PaymentAttempt::STATUS_CREATED);
static_assert(static_cast<int>(AttemptStatus::kClosed) == v1::PaymentAttempt::STATUS_CLOSED);
static_assert(static_cast<int>(DeliveryState::kQuarantined) == v1::WebhookDelivery::QUARANTINED);
static_assert(static_cast<int>(EntryKind::kAudit) == v1::TimelineEntry::AUDIT);
static_assert(static_cast<int>(DisputeStatus::kLost) == v1::Dispute::LOST);
static_assert(static_cast<int>(DisputeStage::kPreArbitration) == v1::Dispute::PRE_ARBITRATION);
static_assert(static_cast<int>(RefundStatus::kPending) == v1::Refund::PENDING);
static_assert(static_cast<int>(RefundStatus::kFailed) == v1::Refund::FAILED);

void SetMoney(common::v1::Money& wire, std::int64_t minor, const Currency& currency) {
  wire.set_amount_minor(minor);
  wire.set_currency_code(std::string(currency.code()));
}

void SetAttempt(v1::PaymentAttempt& wire, const Attempt& attempt) {
  wire.set_id(attempt.id.ToString());
  wire.set_connection(attempt.connection);
  wire.set_psp(attempt.psp);
  wire.set_psp_reference(attempt.psp_reference);
  wire.set_status(static_cast<v1::PaymentAttempt::Status>(attempt.status));
  wire.set_unknown(attempt.unknown);
  wire.set_decline_code(attempt.decline_code);
  rpc::SetTime(wire.mutable_create_time(), attempt.create_time);
}

void SetNextAction(v1::PaymentIntent& wire, const Payment& payment, View view) {
  const auto& action = payment.newest().next_action;
  if (payment.status != Status::kPending || !IsOpen(payment.newest().status)) return;
  if (!action.redirect_url.empty()) {
    wire.mutable_next_action()->set_redirect_url(action.redirect_url);
  } else if (!action.transfer_lines.empty()) {
    auto& transfer = *wire.mutable_next_action()->mutable_transfer();
    for (const auto& line : action.transfer_lines) transfer.add_lines(line);
    transfer.set_reference(action.transfer_reference);
  } else if (view == View::kSecret && !action.client_secret.empty()) {
    wire.mutable_next_action()->set_client_secret(action.client_secret);
  }
}

}  // namespace

v1::PaymentIntent ToWire(const Payment& payment, View view) {
  v1::PaymentIntent wire;
  wire.set_id(payment.id.ToString());
  wire.set_user_id(payment.user.ToString());
  if (payment.purpose.kind == PurposeKind::kPlan) {
    wire.set_plan_code(payment.purpose.value);
    wire.set_access_type(v1::PaymentIntent::SUB);
  } else {
    const bool invoice = payment.purpose.kind == PurposeKind::kInvoice;
    invoice ? wire.set_invoice_id(payment.purpose.value) : wire.set_reference(payment.purpose.value);
    wire.set_access_type(v1::PaymentIntent::PPV);
  }
  const auto& currency = payment.amount.currency;
  SetMoney(*wire.mutable_amount(), payment.amount.amount_minor, currency);
  SetMoney(*wire.mutable_amount_captured(), payment.amounts.captured, currency);
  SetMoney(*wire.mutable_amount_refunded(), payment.amounts.refunded, currency);
  SetMoney(*wire.mutable_amount_disputed(), payment.amounts.disputed, currency);
  SetMoney(*wire.mutable_surplus(), payment.amounts.surplus, currency);
  wire.set_status(static_cast<v1::PaymentIntent::Status>(payment.status));
  wire.set_detail(std::string(Name(payment.detail)));
  wire.set_connection(payment.newest().connection);
  wire.set_psp(payment.newest().psp);
  wire.set_psp_reference(payment.newest().psp_reference);
  for (const auto& attempt : payment.attempts) SetAttempt(*wire.add_attempts(), attempt);
  rpc::SetTime(wire.mutable_expire_time(), payment.expire_time);
  if (payment.succeed_time) rpc::SetTime(wire.mutable_succeed_time(), *payment.succeed_time);
  wire.set_version(payment.version);
  rpc::SetTime(wire.mutable_create_time(), payment.create_time);
  rpc::SetTime(wire.mutable_update_time(), payment.update_time);
  wire.set_etag(std::to_string(payment.version));
  wire.set_fraud_warning(payment.fraud_warning);
  if (view != View::kPublic) {
    for (const auto& [key, value] : payment.metadata) (*wire.mutable_metadata())[key] = value;
    SetNextAction(wire, payment, view);
  }
  return wire;
}

v1::Refund ToWire(const Refund& refund) {
  v1::Refund wire;
  wire.set_id(refund.id.ToString());
  wire.set_payment_intent_id(refund.payment.ToString());
  SetMoney(*wire.mutable_amount(), refund.amount.amount_minor, refund.amount.currency);
  wire.set_status(static_cast<v1::Refund::Status>(refund.status));
  wire.set_reason(refund.reason);
  wire.set_psp_reference(refund.psp_reference);
  wire.set_failure_code(refund.failure_code);
  wire.set_manual(refund.manual);
  rpc::SetTime(wire.mutable_create_time(), refund.create_time);
  rpc::SetTime(wire.mutable_update_time(), refund.update_time);
  return wire;
}

v1::Dispute ToWire(const Dispute& dispute) {
  v1::Dispute wire;
  wire.set_id(dispute.id.ToString());
  wire.set_payment_intent_id(dispute.payment.ToString());
  wire.set_connection(dispute.connection);
  wire.set_psp_reference(dispute.psp_reference);
  wire.set_status(static_cast<v1::Dispute::Status>(dispute.status));
  wire.set_stage(static_cast<v1::Dispute::Stage>(dispute.stage));
  SetMoney(*wire.mutable_amount(), dispute.amount.amount_minor, dispute.amount.currency);
  wire.set_withheld(dispute.withheld);
  wire.set_reason(dispute.reason);
  rpc::SetTime(wire.mutable_create_time(), dispute.create_time);
  rpc::SetTime(wire.mutable_update_time(), dispute.update_time);
  return wire;
}

v1::WebhookDelivery ToWire(const Delivery& delivery) {
  v1::WebhookDelivery wire;
  wire.set_id(delivery.id.ToString());
  wire.set_connection(delivery.connection);
  wire.set_event_id(delivery.event_id);
  wire.set_event_type(delivery.event_type);
  wire.set_body_sha256(crypto::Hex(delivery.body_hash));
  wire.set_state(static_cast<v1::WebhookDelivery::State>(delivery.state));
  wire.set_reason(delivery.reason);
  if (delivery.payment) wire.set_payment_intent_id(delivery.payment->ToString());
  wire.set_tries(delivery.tries);
  if (delivery.retry_time) rpc::SetTime(wire.mutable_retry_time(), *delivery.retry_time);
  rpc::SetTime(wire.mutable_receive_time(), delivery.receive_time);
  rpc::SetTime(wire.mutable_update_time(), delivery.update_time);
  return wire;
}

v1::PaymentTimeline ToWire(const Timeline& timeline) {
  v1::PaymentTimeline wire;
  *wire.mutable_payment_intent() = ToWire(timeline.payment, View::kCaller);
  for (const auto& entry : timeline.entries) {
    auto& row = *wire.add_entries();
    row.set_kind(static_cast<v1::TimelineEntry::Kind>(entry.kind));
    rpc::SetTime(row.mutable_time(), entry.time);
    row.set_what(entry.what);
    row.set_id(entry.id);
    row.set_connection(entry.connection);
    row.set_reference(entry.reference);
    row.set_detail(entry.detail);
    if (entry.amount_minor) {
      row.mutable_amount()->set_amount_minor(*entry.amount_minor);
      row.mutable_amount()->set_currency_code(entry.currency);
    }
    row.set_actor(entry.actor);
    row.set_event_id(entry.event_id);
  }
  return wire;
}

}  // namespace quittance::billing

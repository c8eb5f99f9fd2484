// What happens at PayPal: the payer, PayPal's people and the banks, each with its events and its money.
#include "tests/sandbox/paypal.h"

namespace quittance::sandbox {
// The payer approves; the money moves when the order is captured, as it was arranged here. `late_success` moves it at once.
http::ServerResponse PayPal::Pay(const Json& command) {
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such order");
  Order& order = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  const auto amount = AmountOf(command, order.amount_minor);
  if (!amount) return Refuse(400, "amount_minor must be a positive integer");
  if (order.capture_status == "PENDING" && (outcome == "succeed" || outcome == "decline")) {
    SettleCapture(order, outcome == "succeed" ? "COMPLETED" : "DECLINED");
    return JsonAnswer(200, Shown(order));
  }
  if (order.status == "COMPLETED" || (order.status == "VOIDED" && outcome != "late_success"))
    return Refuse(409, "the order is " + order.status);
  const bool approves = outcome == "succeed" || outcome == "decline" || outcome == "process";
  if (approves) {
    order.next_capture = outcome == "succeed" ? "COMPLETED" : outcome == "decline" ? "REFUSED" : "PENDING";
    order.next_amount = *amount;
    order.status = "APPROVED";
    Emit(order, "CHECKOUT.ORDER.APPROVED", "checkout-order", Shown(order));
  } else if (outcome == "late_success") {
    Capture(order, "COMPLETED", *amount);
  } else if (outcome == "require_action") {
    order.status = "PAYER_ACTION_REQUIRED";
  } else if (outcome == "cancel" || outcome == "expire") {
    order.status = "VOIDED";
    Emit(order, "CHECKOUT.PAYMENT-APPROVAL.REVERSED", "checkout-order",
         {{"order_id", order.id}, {"purchase_units", Shown(order).at("purchase_units")}});
  } else {
    return Refuse(400, "outcome must be succeed, decline, require_action, process, cancel, expire or late_success");
  }
  return JsonAnswer(200, Shown(order));
}

http::ServerResponse PayPal::Refund(const Json& command) {
  const std::string outcome = command.contains("outcome") ? TextAt(command, "outcome") : "succeed";
  const std::string status = outcome == "succeed" ? "COMPLETED" : outcome == "pending" ? "PENDING" : outcome == "fail" ? "FAILED" : "";
  if (status.empty()) return Refuse(400, "outcome must be succeed, pending or fail");
  if (const auto refund = refunds_.find(TextAt(command, "reference")); refund != refunds_.end()) {
    if (refund->second.status == status || refund->second.status == "FAILED") return Refuse(409, "the refund is there already");
    MoveRefund(refund->second, status);
    return JsonAnswer(200, Shown(refund->second));
  }
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such order or refund");
  Order& order = *found->second;
  const std::int64_t left = order.capture_status == "COMPLETED" ? order.captured - order.refunded : 0;
  const auto amount = AmountOf(command, left);
  if (!amount || *amount > left || left == 0) return Refuse(409, "there is no such amount to refund");
  return JsonAnswer(200, Shown(OpenRefund(order, *amount, status, {{"custom_id", order.custom_id}})));
}

http::ServerResponse PayPal::Dispute(const Json& command) {
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such order");
  Order& order = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  if (outcome == "open") {
    const auto amount = AmountOf(command, order.captured);
    if (order.capture_status != "COMPLETED" || !order.dispute_id.empty() || !amount || *amount > order.captured)
      return Refuse(409, "there is nothing to dispute");
    order.dispute_id = NewReference("PP-D-").substr(0, 12);
    order.disputed = *amount;
    Emit(order, "CUSTOMER.DISPUTE.CREATED", "dispute", ShownDispute(order));
  } else if (outcome == "won" || outcome == "lost") {
    if (order.dispute_id.empty() || !order.dispute_outcome.empty()) return Refuse(409, "there is no open dispute");
    order.dispute_outcome = outcome == "won" ? "RESOLVED_SELLER_FAVOUR" : "RESOLVED_BUYER_FAVOUR";
    Emit(order, "CUSTOMER.DISPUTE.RESOLVED", "dispute", ShownDispute(order));
    if (outcome == "lost") {
      Money(order, "dispute", order.dispute_id, order.disputed);
      Json reversal = ShownCapture(order);
      reversal["amount"] = Amount(order.disputed, order.currency);
      Emit(order, "PAYMENT.CAPTURE.REVERSED", "capture", reversal);
    }
  } else {
    return Refuse(400, "outcome must be open, won or lost");
  }
  return JsonAnswer(200, ShownDispute(order));
}

void PayPal::Capture(Order& order, const std::string& status, std::int64_t amount) {
  order.status = "COMPLETED";
  order.capture_id = NewReference("").substr(0, 17);
  order.captured = amount;
  order.captured_at = state_.NowSeconds();
  by_capture_[order.capture_id] = &order;
  SettleCapture(order, status);
}

void PayPal::SettleCapture(Order& order, const std::string& status) {
  order.capture_status = status;
  if (status == "COMPLETED") {
    Money(order, "capture", order.capture_id, order.captured);
    Emit(order, "CHECKOUT.ORDER.COMPLETED", "checkout-order", Shown(order));
  }
  Emit(order,
       status == "COMPLETED" ? "PAYMENT.CAPTURE.COMPLETED"
       : status == "PENDING" ? "PAYMENT.CAPTURE.PENDING"
                             : "PAYMENT.CAPTURE.DENIED",
       "capture", ShownCapture(order));
}

PayPal::RefundRow& PayPal::OpenRefund(Order& order, std::int64_t amount, const std::string& status, const Json& body) {
  const std::string id = NewReference("").substr(0, 17);
  RefundRow& refund =
      refunds_
          .emplace(id, RefundRow{&order, id, "PENDING", TextAt(body, "custom_id"), TextAt(body, "invoice_id"), amount, state_.NowSeconds()})
          .first->second;
  order.refunded += amount;
  MoveRefund(refund, status);
  return refund;
}

// A refund that fails gives the amount back to the capture, and its money, if it had gone.
void PayPal::MoveRefund(RefundRow& refund, const std::string& status) {
  Order& order = *refund.order;
  if (status == "COMPLETED") Money(order, "refund", refund.id, refund.amount_minor);
  if (status == "FAILED") {
    order.refunded -= refund.amount_minor;
    if (refund.status == "COMPLETED") Money(order, "refund", refund.id, -refund.amount_minor);
  }
  refund.status = status;
  Emit(order,
       status == "COMPLETED" ? "PAYMENT.CAPTURE.REFUNDED"
       : status == "FAILED"  ? "PAYMENT.REFUND.FAILED"
                             : "PAYMENT.REFUND.PENDING",
       "refund", Shown(refund));
}

Json PayPal::ShownDispute(const Order& order) const {
  Json dispute = {
      {"dispute_id", order.dispute_id},
      {"reason", "UNAUTHORISED"},
      {"status", order.dispute_outcome.empty() ? "WAITING_FOR_SELLER_RESPONSE" : "RESOLVED"},
      {"dispute_amount", Amount(order.disputed, order.currency)},
      {"disputed_transactions",
       Json::array({{{"seller_transaction_id", order.capture_id}, {"custom", order.custom_id}, {"invoice_number", order.invoice_id}}})}};
  if (!order.dispute_outcome.empty()) dispute["dispute_outcome"] = {{"outcome_code", order.dispute_outcome}};
  return dispute;
}

// Signed anew at each try, with the account's webhook id, which is not in the headers.
void PayPal::Emit(const Order& order, const std::string& type, const std::string& resource_type, const Json& resource) {
  const Account* account = order.account;
  const Json event = {{"id", NewReference("WH-")},      {"event_version", "1.0"}, {"create_time", FormatRfc3339(state_.clock.Now())},
                      {"resource_type", resource_type}, {"event_type", type},     {"summary", "what happened"},
                      {"resource", resource},           {"links", Json::array()}};
  const std::string body = event.dump();
  const std::string cert_url = "http://" + state_.http_address + "/paypal/v1/notifications/certs/CERT-sandbox";
  deliveries_.Post({.psp = "paypal",
                    .type = type,
                    .id = TextAt(event, "id"),
                    .url = account->webhook_url,
                    .body = body,
                    .headers = [this, account, body, cert_url](TimePoint now) -> std::vector<http::Header> {
                      const std::string id = NewReference(""), time = FormatRfc3339(FromUnixSeconds(UnixSeconds(now)));
                      const std::string webhook = account->secrets.empty() ? "WEBHOOK_ID" : account->secrets.front();
                      return {{"Content-Type", "application/json"},
                              {"PAYPAL-TRANSMISSION-ID", id},
                              {"PAYPAL-TRANSMISSION-TIME", time},
                              {"PAYPAL-TRANSMISSION-SIG", signer_.Sign(id + "|" + time + "|" + webhook + "|" + Crc32Decimal(body))},
                              {"PAYPAL-CERT-URL", cert_url},
                              {"PAYPAL-AUTH-ALGO", "SHA256withRSA"}};
                    }});
}

void PayPal::Money(const Order& order, const std::string& kind, const std::string& id, std::int64_t amount) {
  Keep(state_.charges, Charge{"paypal", order.id, id, order.custom_id, kind, amount, order.currency, state_.clock.Now()});
}

}  // namespace quittance::sandbox

// What happens at Stripe: the payer, Stripe's people and the card network, each with its events and its money.
#include "tests/sandbox/stripe.h"
#include "tests/sandbox/stripe_objects.h"

namespace quittance::sandbox {
namespace {

std::string Upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

// `amount_minor` of a command; nullopt if it is there and no positive integer.
}  // namespace

http::ServerResponse Stripe::Pay(const Json& command) {
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such PaymentIntent");
  Intent& intent = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  const std::string status = TextAt(intent.object, "status");
  const auto amount = AmountOf(command, intent.object.at("amount").get<std::int64_t>());
  if (!amount) return Refuse(400, "amount_minor must be a positive integer");
  if (status == "succeeded" || (status == "canceled" && outcome != "late_success")) return Refuse(409, "the PaymentIntent is " + status);

  if (outcome == "succeed" || outcome == "late_success")
    Succeed(intent, *amount);
  else if (outcome == "decline")
    Decline(intent);
  else if (outcome == "require_action")
    RequireAction(intent, "");
  else if (outcome == "process")
    Process(intent);
  else if (outcome == "cancel")
    Cancel(intent, "requested_by_customer");
  else if (outcome == "expire")
    Cancel(intent, "expired");
  else
    return Refuse(400, "outcome must be succeed, decline, require_action, process, cancel, expire or late_success");
  return JsonAnswer(200, intent.object);
}

http::ServerResponse Stripe::Refund(const Json& command) {
  const std::string reference = TextAt(command, "reference");
  const std::string outcome = command.contains("outcome") ? TextAt(command, "outcome") : "succeed";
  const std::string status = outcome == "succeed" ? "succeeded" : outcome == "pending" ? "pending" : outcome == "fail" ? "failed" : "";
  if (status.empty()) return Refuse(400, "outcome must be succeed, pending or fail");
  if (const auto refund = refunds_.find(reference); refund != refunds_.end()) {
    if (TextAt(refund->second.object, "status") == status || TextAt(refund->second.object, "status") == "failed")
      return Refuse(409, "the refund is there already");
    MoveRefund(refund->second, status);
    return JsonAnswer(200, refund->second.object);
  }
  const auto found = by_id_.find(reference);
  if (found == by_id_.end()) return Refuse(404, "no such PaymentIntent or refund");
  Intent& intent = *found->second;
  const std::int64_t left = intent.object.at("amount_received").get<std::int64_t>() - intent.refunded;
  const auto amount = AmountOf(command, left);
  if (!amount || *amount > left || left == 0) return Refuse(409, "there is no such amount to refund");
  return JsonAnswer(200, OpenRefund(intent, *amount, status, "requested_by_customer", Json::object()).object);
}

http::ServerResponse Stripe::Dispute(const Json& command) {
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such PaymentIntent");
  Intent& intent = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  const std::int64_t received = intent.object.at("amount_received").get<std::int64_t>();
  if (outcome == "open") {
    const auto amount = AmountOf(command, received);
    if (received == 0 || intent.dispute.is_object() || !amount || *amount > received) return Refuse(409, "there is nothing to dispute");
    intent.dispute = NewDisputeObject(intent.object, *amount, state_.NowSeconds(), IsLive(*intent.account));
    Emit(intent, "charge.dispute.created", intent.dispute);
    Money(intent, "dispute", TextAt(intent.dispute, "id"), *amount);
    Emit(intent, "charge.dispute.funds_withdrawn", intent.dispute);
  } else if (outcome == "won" || outcome == "lost") {
    if (!intent.dispute.is_object() || TextAt(intent.dispute, "status") != "needs_response") return Refuse(409, "there is no open dispute");
    intent.dispute["status"] = outcome;
    Emit(intent, "charge.dispute.closed", intent.dispute);
    if (outcome == "won") {
      Money(intent, "dispute", TextAt(intent.dispute, "id"), -intent.dispute.at("amount").get<std::int64_t>());
      Emit(intent, "charge.dispute.funds_reinstated", intent.dispute);
    }
  } else {
    return Refuse(400, "outcome must be open, won or lost");
  }
  return JsonAnswer(200, intent.dispute);
}

void Stripe::Succeed(Intent& intent, std::int64_t amount) {
  Json& object = intent.object;
  object["status"] = "succeeded";
  object["amount_received"] = amount;
  object["latest_charge"] = NewReference("ch_");
  object["next_action"] = nullptr;
  object["last_payment_error"] = nullptr;
  object["canceled_at"] = nullptr;
  object["cancellation_reason"] = nullptr;
  if (object["payment_method"].is_null()) object["payment_method"] = NewReference("pm_");
  Money(intent, "capture", TextAt(object, "latest_charge"), amount);
  Emit(intent, "payment_intent.succeeded", object);
}

void Stripe::Decline(Intent& intent) {
  Json& object = intent.object;
  object["status"] = "requires_payment_method";
  object["next_action"] = nullptr;
  object["payment_method"] = nullptr;
  object["last_payment_error"] = {
      {"type", "card_error"}, {"code", "card_declined"}, {"decline_code", "generic_decline"}, {"message", "Your card was declined."}};
  Emit(intent, "payment_intent.payment_failed", object);
}

void Stripe::RequireAction(Intent& intent, const std::string& return_url) {
  Json& object = intent.object;
  object["status"] = "requires_action";
  object["next_action"] = {{"type", "redirect_to_url"},
                           {"redirect_to_url",
                            {{"return_url", return_url.empty() ? Json() : Json(return_url)},
                             {"url", "https://hooks.stripe.example/3d_secure_2/" + TextAt(object, "id")}}}};
  Emit(intent, "payment_intent.requires_action", object);
}

void Stripe::Process(Intent& intent) {
  intent.object["status"] = "processing";
  Emit(intent, "payment_intent.processing", intent.object);
}

void Stripe::Cancel(Intent& intent, const std::string& reason) {
  intent.object["status"] = "canceled";
  intent.object["canceled_at"] = state_.NowSeconds();
  intent.object["cancellation_reason"] = reason.empty() ? Json() : Json(reason);
  intent.object["next_action"] = nullptr;
  Emit(intent, "payment_intent.canceled", intent.object);
}

Stripe::RefundRow& Stripe::OpenRefund(Intent& intent, std::int64_t amount, const std::string& status, const std::string& reason,
                                      Json metadata) {
  Json object = NewRefundObject(intent.object, amount, reason, std::move(metadata), state_.NowSeconds());
  const std::string id = TextAt(object, "id");
  RefundRow& refund = refunds_.emplace(id, RefundRow{&intent, std::move(object)}).first->second;
  intent.refunded += amount;
  if (status == "succeeded") refund.object["status"] = status;
  Emit(intent, "refund.created", refund.object);
  Emit(intent, "charge.refunded", ChargeOf(intent.object, intent.refunded));
  if (status == "succeeded") Money(intent, "refund", id, amount);
  if (status == "failed") MoveRefund(refund, status);
  return refund;
}

// A refund that fails gives the amount back to the charge, and its money, if it had gone.
void Stripe::MoveRefund(RefundRow& refund, const std::string& status) {
  const auto amount = refund.object.at("amount").get<std::int64_t>();
  const bool had_gone = TextAt(refund.object, "status") == "succeeded";
  refund.object["status"] = status;
  if (status == "succeeded") Money(*refund.intent, "refund", TextAt(refund.object, "id"), amount);
  if (status == "failed") {
    refund.object["failure_reason"] = "expired_or_canceled_card";
    refund.intent->refunded -= amount;
    if (had_gone) Money(*refund.intent, "refund", TextAt(refund.object, "id"), -amount);
    Emit(*refund.intent, "refund.failed", refund.object);
  }
  Emit(*refund.intent, "refund.updated", refund.object);
}

void Stripe::Emit(const Intent& intent, const std::string& type, const Json& object) {
  const Account* account = intent.account;
  const Json event = NewEvent(type, object, state_.NowSeconds(), IsLive(*account));
  const std::string body = event.dump(2);  // Stripe pretty-prints: a receiver that parses and prints again fails its own check
  deliveries_.Post({.psp = "stripe",
                    .type = type,
                    .id = TextAt(event, "id"),
                    .url = account->webhook_url,
                    .body = body,
                    .headers = [account, body](TimePoint now) -> std::vector<http::Header> {
                      return {{"Content-Type", "application/json; charset=utf-8"},
                              {"User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
                              {"Stripe-Signature", StripeSignature(account->secrets, UnixSeconds(now), body)}};
                    }});
}

void Stripe::Money(const Intent& intent, const std::string& kind, const std::string& id, std::int64_t amount) {
  Keep(state_.charges, Charge{"stripe", TextAt(intent.object, "id"), id, TextAt(intent.object.at("metadata"), "payment_id"), kind, amount,
                              Upper(TextAt(intent.object, "currency")), state_.clock.Now()});
}

}  // namespace quittance::sandbox

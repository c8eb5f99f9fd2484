// What happens at the generic PSP: the payer and the PSP's people, with events and money.
#include "tests/sandbox/hmac.h"

#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

// Standard Webhooks: the secrets are base64, behind `whsec_` or not.
std::vector<http::Header> StandardHeaders(const std::vector<std::string>& secrets, const std::string& id, std::int64_t seconds,
                                          const std::string& body) {
  std::string signatures;
  for (std::string secret : secrets) {
    if (secret.starts_with("whsec_")) secret.erase(0, 6);
    const auto mac = crypto::HmacSha256(crypto::UnBase64(secret).value_or(""), id + '.' + std::to_string(seconds) + '.' + body);
    signatures += (signatures.empty() ? "v1," : " v1,") + crypto::Base64(crypto::AsView(mac));
  }
  return {{"Content-Type", "application/json"},
          {"webhook-id", id},
          {"webhook-timestamp", std::to_string(seconds)},
          {"webhook-signature", signatures}};
}

}  // namespace

http::ServerResponse HmacPsp::Pay(const Json& command) {
  const auto found = by_reference_.find(TextAt(command, "reference"));
  if (found == by_reference_.end()) return Refuse(404, "no such payment");
  Payment& payment = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  const auto amount = AmountOf(command, payment.amount_minor);
  if (!amount) return Refuse(400, "amount_minor must be a positive integer");
  if (payment.status == "succeeded" || (payment.status != "pending" && outcome != "late_success"))
    return Refuse(409, "the payment is " + payment.status);

  if (outcome == "succeed" || outcome == "late_success")
    Move(payment, "succeeded", *amount);
  else if (outcome == "decline")
    Move(payment, "failed", 0);
  else if (outcome == "cancel")
    Move(payment, "canceled", 0);
  else if (outcome == "expire")
    Move(payment, "expired", 0);
  else if (outcome != "require_action" && outcome != "process")
    return Refuse(400, "outcome must be succeed, decline, require_action, process, cancel, expire or late_success");
  return JsonAnswer(200, Shown(payment));
}

http::ServerResponse HmacPsp::Refund(const Json& command) {
  const std::string outcome = command.contains("outcome") ? TextAt(command, "outcome") : "succeed";
  const std::string status = outcome == "succeed" ? "succeeded" : outcome == "pending" ? "pending" : outcome == "fail" ? "failed" : "";
  if (status.empty()) return Refuse(400, "outcome must be succeed, pending or fail");
  if (const auto refund = refunds_.find(TextAt(command, "reference")); refund != refunds_.end()) {
    if (refund->second.status == status || refund->second.status == "failed") return Refuse(409, "the refund is there already");
    MoveRefund(refund->second, status);
    return JsonAnswer(200, Shown(refund->second));
  }
  const auto found = by_reference_.find(TextAt(command, "reference"));
  if (found == by_reference_.end()) return Refuse(404, "no such payment or refund");
  const std::int64_t left = found->second->captured - found->second->refunded;
  const auto amount = AmountOf(command, left);
  if (!amount || *amount > left || left == 0) return Refuse(409, "there is no such amount to refund");
  return JsonAnswer(200, Shown(OpenRefund(*found->second, *amount, status, "")));
}

http::ServerResponse HmacPsp::Dispute(const Json& command) {
  const auto found = by_reference_.find(TextAt(command, "reference"));
  if (found == by_reference_.end()) return Refuse(404, "no such payment");
  Payment& payment = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  if (outcome != "open" && outcome != "won" && outcome != "lost") return Refuse(400, "outcome must be open, won or lost");
  if (outcome == "open") {
    const auto amount = AmountOf(command, payment.captured);
    if (payment.captured == 0 || !payment.dispute_id.empty() || !amount || *amount > payment.captured)
      return Refuse(409, "there is nothing to dispute");
    payment.dispute_id = NewReference("hd_");
    payment.disputed = *amount;
    Money(payment, "dispute", payment.dispute_id, *amount);
  } else {
    if (payment.dispute_status != "open") return Refuse(409, "there is no open dispute");
    if (outcome == "won") Money(payment, "dispute", payment.dispute_id, -payment.disputed);
  }
  payment.dispute_status = outcome;
  Emit(payment, "payment.disputed", payment.disputed, {{"dispute_id", payment.dispute_id}, {"status", outcome}});
  return JsonAnswer(200, Shown(payment));
}

void HmacPsp::Move(Payment& payment, const std::string& status, std::int64_t amount) {
  payment.status = status;
  payment.captured = amount;
  if (status == "succeeded") Money(payment, "capture", payment.reference, amount);
  const Json more = status == "succeeded" ? Json::object() : Json{{"reason", status == "failed" ? "declined" : status}};
  Emit(payment, status == "succeeded" ? "payment.succeeded" : "payment.failed", status == "succeeded" ? amount : payment.amount_minor,
       more);
}

HmacPsp::RefundRow& HmacPsp::OpenRefund(Payment& payment, std::int64_t amount, const std::string& status, const std::string& refund_id) {
  const std::string reference = NewReference("hr_");
  RefundRow& refund = refunds_.emplace(reference, RefundRow{&payment, reference, refund_id, amount, "pending"}).first->second;
  payment.refunded += amount;
  MoveRefund(refund, status);
  return refund;
}

// A refund that fails gives the amount back to the payment, and its money, if it had gone.
void HmacPsp::MoveRefund(RefundRow& refund, const std::string& status) {
  Payment& payment = *refund.payment;
  if (status == "succeeded") Money(payment, "refund", refund.reference, refund.amount_minor);
  if (status == "failed") {
    payment.refunded -= refund.amount_minor;
    if (refund.status == "succeeded") Money(payment, "refund", refund.reference, -refund.amount_minor);
  }
  refund.status = status;
  Json more = {{"refund_reference", refund.reference}, {"status", status}};
  if (!refund.refund_id.empty()) more["refund_id"] = refund.refund_id;
  Emit(payment, "payment.refunded", refund.amount_minor, std::move(more));
}

void HmacPsp::Emit(const Payment& payment, const std::string& type, std::int64_t amount, Json more) {
  const Account* account = payment.account;
  Json event = {{"id", NewReference("hev_")},       {"type", type},           {"reference", payment.reference},
                {"payment_id", payment.payment_id}, {"amount_minor", amount}, {"currency", payment.currency},
                {"created", state_.NowSeconds()}};
  event.update(more);
  const std::string body = event.dump();
  deliveries_.Post({.psp = "hmac",
                    .type = type,
                    .id = TextAt(event, "id"),
                    .url = account->webhook_url,
                    .body = body,
                    .headers = [account, body, id = TextAt(event, "id")](TimePoint now) -> std::vector<http::Header> {
                      const std::int64_t seconds = UnixSeconds(now);
                      if (account->signature == "standard") return StandardHeaders(account->secrets, id, seconds, body);
                      return {{"Content-Type", "application/json"},
                              {"X-Timestamp", std::to_string(seconds)},
                              {"X-Signature", HmacSignature(account->secrets, seconds, body)}};
                    }});
}

void HmacPsp::Money(const Payment& payment, const std::string& kind, const std::string& id, std::int64_t amount) {
  Keep(state_.charges, Charge{"hmac", payment.reference, id, payment.payment_id, kind, amount, payment.currency, state_.clock.Now()});
}

}  // namespace quittance::sandbox

// What happens at Adyen: the shopper, the schemes and the banks, each with its notifications and its money.
#include "common/crypto/hmac.h"
#include "tests/sandbox/adyen.h"

namespace quittance::sandbox {
namespace {

std::string NewPspReference() { return NewReference("").substr(0, 16); }

}  // namespace

// Beyond the payer's outcomes: `capture_fail`, when the money of an authorisation does not come.
http::ServerResponse Adyen::Pay(const Json& command) {
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such payment link");
  Link& link = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  const auto value = AmountOf(command, link.value);
  if (!value) return Refuse(400, "amount_minor must be a positive integer");
  if (outcome == "capture_fail") {
    if (link.captured == 0) return Refuse(409, "nothing was authorised");
    Money(link, "capture", link.payment, -link.captured);
    Emit(link, {"CAPTURE_FAILED", true, NewPspReference(), link.payment, link.reference, link.captured, "Capture Failed"});
    link.captured = 0;
    return JsonAnswer(200, Shown(link));
  }
  if (link.captured != 0 || (link.status == "expired" && outcome != "late_success"))
    return Refuse(409, "the payment link is " + link.status);
  if (outcome == "succeed" || outcome == "late_success") {
    Authorise(link, true, *value);
  } else if (outcome == "decline") {
    Authorise(link, false, *value);
  } else if (outcome == "process") {
    link.status = "paymentPending";
    Emit(link, {"PENDING", true, NewPspReference(), "", link.reference, link.value});
  } else if (outcome == "cancel" || outcome == "expire") {
    link.status = "expired";
    Emit(link, {"OFFER_CLOSED", true, NewPspReference(), "", link.reference, link.value});
  } else if (outcome != "require_action") {
    return Refuse(400, "outcome must be succeed, decline, require_action, process, cancel, expire, late_success or capture_fail");
  }
  return JsonAnswer(200, Shown(link));
}

http::ServerResponse Adyen::Refund(const Json& command) {
  const std::string outcome = command.contains("outcome") ? TextAt(command, "outcome") : "succeed";
  const std::string status = outcome == "succeed" ? "succeeded" : outcome == "pending" ? "received" : outcome == "fail" ? "failed" : "";
  if (status.empty()) return Refuse(400, "outcome must be succeed, pending or fail");
  if (const auto refund = refunds_.find(TextAt(command, "reference")); refund != refunds_.end()) {
    if (refund->second.status == status || refund->second.status == "failed") return Refuse(409, "the refund is there already");
    MoveRefund(refund->second, status);
    return JsonAnswer(200, {{"pspReference", refund->second.id}, {"status", status}});
  }
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such payment link or refund");
  Link& link = *found->second;
  const std::int64_t left = link.captured - link.refunded;
  const auto value = AmountOf(command, left);
  if (!value || *value > left || left == 0) return Refuse(409, "there is no such amount to refund");
  RefundRow& refund = OpenRefund(link, *value, link.reference);
  MoveRefund(refund, status);
  return JsonAnswer(200, {{"pspReference", refund.id}, {"status", status}});
}

http::ServerResponse Adyen::Dispute(const Json& command) {
  const auto found = by_id_.find(TextAt(command, "reference"));
  if (found == by_id_.end()) return Refuse(404, "no such payment link");
  Link& link = *found->second;
  const std::string outcome = TextAt(command, "outcome");
  if (outcome == "open") {
    const auto value = AmountOf(command, link.captured);
    if (link.captured == 0 || !link.dispute.empty() || !value || *value > link.captured) return Refuse(409, "there is nothing to dispute");
    link.dispute = NewPspReference();
    link.dispute_status = "open";
    link.disputed = *value;
    Emit(link, {"NOTIFICATION_OF_CHARGEBACK", true, link.dispute, link.payment, link.reference, *value, "Fraud"});
    Money(link, "dispute", link.dispute, *value);
    Emit(link, {"CHARGEBACK", true, link.dispute, link.payment, link.reference, *value, "Fraud"});
  } else if (outcome == "won" || outcome == "lost") {
    if (link.dispute_status != "open" && !(link.dispute_status == "won" && outcome == "lost"))
      return Refuse(409, "there is no open dispute");
    if (outcome == "won") Money(link, "dispute", link.dispute, -link.disputed);
    if (outcome == "lost" && link.dispute_status == "won") Money(link, "dispute", link.dispute, link.disputed);
    link.dispute_status = outcome;
    Emit(link,
         {outcome == "won" ? "CHARGEBACK_REVERSED" : "SECOND_CHARGEBACK", true, link.dispute, link.payment, link.reference, link.disputed});
  } else {
    return Refuse(400, "outcome must be open, won or lost");
  }
  return JsonAnswer(200, {{"pspReference", link.dispute}, {"status", link.dispute_status}});
}

void Adyen::Authorise(Link& link, bool success, std::int64_t value) {
  const std::string payment = NewPspReference();
  if (!success) {
    Emit(link, {"AUTHORISATION", false, payment, "", link.reference, value, "Refused"});
    return;
  }
  link.payment = payment;
  link.status = "completed";
  link.captured = value;
  by_payment_[payment] = &link;
  Money(link, "capture", payment, value);
  Emit(link, {"AUTHORISATION", true, payment, "", link.reference, value});
}

Adyen::RefundRow& Adyen::OpenRefund(Link& link, std::int64_t value, const std::string& reference) {
  const std::string id = NewPspReference();
  link.refunded += value;
  return refunds_.emplace(id, RefundRow{&link, id, reference, value, "received"}).first->second;
}

// A refund that fails gives the amount back to the payment, and its money, if it had gone.
void Adyen::MoveRefund(RefundRow& refund, const std::string& status) {
  Link& link = *refund.link;
  if (status == "received") return;
  const bool had_gone = refund.status == "succeeded";
  refund.status = status;
  if (status == "succeeded") {
    Money(link, "refund", refund.id, refund.value);
    Emit(link, {"REFUND", true, refund.id, link.payment, refund.reference, refund.value});
    return;
  }
  link.refunded -= refund.value;
  if (had_gone) {
    Money(link, "refund", refund.id, -refund.value);
    Emit(link, {"REFUND_FAILED", true, refund.id, link.payment, refund.reference, refund.value, "bank account closed"});
  } else {
    Emit(link, {"REFUND", false, refund.id, link.payment, refund.reference, refund.value, "refused"});
  }
}

// Signed with the first key of the account: Adyen signs with one at a time.
void Adyen::Emit(const Link& link, const Notice& notice) {
  const Account* account = link.account;
  Json item = {{"amount", {{"currency", link.currency}, {"value", notice.value}}},
               {"eventCode", notice.code},
               {"eventDate", FormatRfc3339(state_.clock.Now())},
               {"merchantAccountCode", link.merchant_account},
               {"merchantReference", notice.reference},
               {"paymentMethod", "visa"},
               {"pspReference", notice.psp_reference},
               {"reason", notice.reason},
               {"success", notice.success ? "true" : "false"}};
  if (!notice.original.empty()) item["originalReference"] = notice.original;
  item["additionalData"] = {{"paymentLinkId", link.id}, {"metadata.attempt_id", link.attempt_id}};
  item["additionalData"]["hmacSignature"] = account->secrets.empty() ? "" : AdyenSignature(account->secrets.front(), item);
  const Json body = {{"live", "false"}, {"notificationItems", Json::array({{{"NotificationRequestItem", item}}})}};
  std::vector<http::Header> headers = {{"Content-Type", "application/json; charset=utf-8"}};
  if (!account->basic_auth.empty()) headers.push_back({"Authorization", "Basic " + crypto::Base64(account->basic_auth)});
  deliveries_.Post({.psp = "adyen",
                    .type = notice.code,
                    .id = notice.psp_reference + ":" + notice.code + ":" + (notice.success ? "true" : "false"),
                    .url = account->webhook_url,
                    .body = body.dump(),
                    .headers = [headers](TimePoint) { return headers; }});
}

void Adyen::Money(const Link& link, const std::string& kind, const std::string& id, std::int64_t amount) {
  Keep(state_.charges, Charge{"adyen", link.id, id, link.reference, kind, amount, link.currency, state_.clock.Now()});
}

}  // namespace quittance::sandbox

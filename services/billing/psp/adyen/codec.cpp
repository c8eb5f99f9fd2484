// Adyen's objects. The table of event codes below is the whole of what we act on.
#include "services/billing/psp/adyen/codec.h"

#include <algorithm>
#include <array>

#include "common/crypto/hmac.h"
#include "services/billing/psp/amounts.h"
#include "services/billing/psp/json.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::adyen {
namespace {

// Adyen's exponents where they differ from ISO 4217.
std::optional<int> OwnExponent(std::string_view code) {
  if (code == "CLP" || code == "ISK") return 2;
  if (code == "CVE" || code == "IDR") return 0;
  return std::nullopt;
}

constexpr char kReferenceSeparator = '.';

struct Item {
  const Json& json;
  std::string psp_reference;
  std::string original;
  std::string code;
  bool success;
  std::int64_t minor;
  std::string currency;
  std::string reason;
};

Statement Made(FactKind kind, std::string object, const Item& item, bool money) {
  Statement statement;
  statement.fact.kind = kind;
  statement.fact.object = std::move(object);
  if (money) {
    statement.fact.amount_minor = item.minor;
    statement.fact.currency = item.currency;
  }
  return statement;
}

void Say(Event& event, Statement statement) {
  event.kind = Event::Kind::kNews;
  event.news.statements.push_back(std::move(statement));
}

std::string Code(const Item& item, std::string_view otherwise) { return item.reason.empty() ? std::string(otherwise) : item.reason; }

void Authorised(Event& event, const Item& item) {
  auto statement = Made(item.success ? FactKind::kCaptured : FactKind::kDeclined, item.psp_reference, item, item.success);
  if (!item.success) statement.fact.code = Code(item, "refused");
  Say(event, std::move(statement));
}

void Processing(Event& event, const Item& item) { Say(event, Made(FactKind::kProcessing, item.psp_reference, item, false)); }

// Money that was taken for granted at the authorisation, and its end.
void Captured(Event& event, const Item& item) {
  if (item.original.empty()) return;
  Say(event, Made(item.success ? FactKind::kCaptured : FactKind::kCaptureFailed, item.original, item, item.success));
}
void CaptureFailed(Event& event, const Item& item) {
  const auto& object = item.original.empty() ? item.psp_reference : item.original;
  auto statement = Made(FactKind::kCaptureFailed, object, item, false);
  statement.fact.code = Code(item, "capture_failed");
  Say(event, std::move(statement));
}

// The authorisation is void: what it promised will not come.
void Voided(Event& event, const Item& item) {
  if (!item.success) return;
  if (!item.original.empty()) Say(event, Made(FactKind::kCaptureFailed, item.original, item, false));
  Say(event, Made(FactKind::kAttemptCanceled, item.psp_reference, item, false));
}
void Expired(Event& event, const Item& item) {
  if (!item.success) return;
  if (!item.original.empty()) Say(event, Made(FactKind::kCaptureFailed, item.original, item, false));
  Say(event, Made(FactKind::kAttemptExpired, item.psp_reference, item, false));
}
void OrderClosed(Event& event, const Item& item) {
  if (item.success) return;
  auto statement = Made(FactKind::kDeclined, item.psp_reference, item, false);
  statement.fact.code = Code(item, "order_closed");
  Say(event, std::move(statement));
}

void SayRefund(Event& event, const Item& item, FactKind kind) {
  auto statement = Made(kind, item.psp_reference, item, true);
  statement.psp_refund = item.psp_reference;
  const auto reference = TextAt(item.json, "merchantReference");
  const auto at = reference.find(kReferenceSeparator);
  if (at != std::string::npos) {
    if (auto id = RefundId::Parse(reference.substr(at + 1), "merchantReference")) statement.refund = *id;
  }
  if (kind == FactKind::kRefundFailed) statement.fact.code = Code(item, "refund_failed");
  Say(event, std::move(statement));
}
void Refunded(Event& event, const Item& item) {
  SayRefund(event, item, item.success ? FactKind::kRefundSucceeded : FactKind::kRefundFailed);
}
void RefundFailed(Event& event, const Item& item) { SayRefund(event, item, FactKind::kRefundFailed); }
// It was one of the two, and only an unsigned field says which: a refund asked for at Adyen, or a void.
void CanceledOrRefunded(Event& event, const Item& item) {
  if (!item.success) return;
  if (TextAt(ObjectAt(item.json, "additionalData"), "modification.action") == "refund") {
    Refunded(event, item);
  } else {
    Voided(event, item);
  }
}

// One dispute a payment: its stages speak of the same money.
void SayDispute(Event& event, const Item& item, FactKind kind) {
  const auto& payment = item.original.empty() ? item.psp_reference : item.original;
  auto statement = Made(kind, "dispute:" + payment, item, true);
  statement.fact.code = item.reason;
  Say(event, std::move(statement));
}
void DisputeOpened(Event& event, const Item& item) { SayDispute(event, item, FactKind::kDisputeOpened); }
void ChargedBack(Event& event, const Item& item) {
  SayDispute(event, item, FactKind::kDisputeOpened);
  SayDispute(event, item, FactKind::kDisputeWithdrawn);
}
void DisputeWon(Event& event, const Item& item) { SayDispute(event, item, FactKind::kDisputeWon); }
void DisputeLost(Event& event, const Item& item) { SayDispute(event, item, FactKind::kDisputeLost); }
// The issuer's word (TC40, SAFE) alone: no money moves.
void FraudSuspected(Event& event, const Item& item) {
  auto statement = Made(FactKind::kFraudWarning, item.psp_reference, item, false);
  statement.fact.code = item.reason;
  Say(event, std::move(statement));
}
void Nothing(Event&, const Item&) {}

struct Row {
  std::string_view code;
  void (*read)(Event&, const Item&);
};

constexpr std::array<Row, 28> kEvents = {{
    {"AUTHORISATION", Authorised},
    {"PENDING", Processing},
    {"ORDER_OPENED", Processing},
    {"ORDER_CLOSED", OrderClosed},
    {"CAPTURE", Captured},
    {"CAPTURE_FAILED", CaptureFailed},
    {"CANCELLATION", Voided},
    {"TECHNICAL_CANCEL", Voided},
    {"EXPIRE", Expired},
    {"OFFER_CLOSED", Expired},
    {"CANCEL_OR_REFUND", CanceledOrRefunded},
    {"REFUND", Refunded},
    {"REFUND_WITH_DATA", Refunded},
    {"REFUND_FAILED", RefundFailed},
    {"REFUNDED_REVERSED", RefundFailed},
    {"REQUEST_FOR_INFORMATION", DisputeOpened},
    {"NOTIFICATION_OF_CHARGEBACK", DisputeOpened},
    {"CHARGEBACK", ChargedBack},
    // Not final: a second chargeback may follow, and being newer it counts.
    {"CHARGEBACK_REVERSED", DisputeWon},
    {"PREARBITRATION_WON", DisputeWon},
    {"SECOND_CHARGEBACK", DisputeLost},
    {"PREARBITRATION_LOST", DisputeLost},
    {"DISPUTE_DEFENSE_PERIOD_ENDED", Nothing},
    {"ISSUER_RESPONSE_TIMEFRAME_EXPIRED", Nothing},
    {"ISSUER_COMMENTS", Nothing},
    {"INFORMATION_SUPPLIED", Nothing},
    {"NOTIFICATION_OF_FRAUD", FraudSuspected},
    {"REPORT_AVAILABLE", Nothing},
}};

Event Unreadable(Event event, const std::string& body, std::string why) {
  event.kind = Event::Kind::kUnreadable;
  if (event.id.empty()) event.id = "sha256:" + crypto::Hex(crypto::Sha256(body));
  event.why = std::move(why);
  event.news = {};
  return event;
}

std::optional<Event> Foreign(const Connection& connection, const Json& root, const Json& item, Event event) {
  const auto live = TextAt(root, "live");
  const bool other_environment =
      connection.environment != Environment::kUnknown && live != (connection.environment == Environment::kLive ? "true" : "false");
  const bool other_merchant = TextAt(item, "merchantAccountCode") != connection.Field("merchant_account");
  if (!other_environment && !other_merchant) return std::nullopt;
  event.kind = Event::Kind::kForeign;
  event.why = other_environment ? "live is not the connection's environment" : "another merchant account";
  return event;
}

// The one who pays: `pay_…` alone, or before a refund's id.
void Name(AboutPayment& about, const Json& item) {
  const auto reference = TextAt(item, "merchantReference");
  if (auto id = PaymentId::Parse(reference.substr(0, reference.find(kReferenceSeparator)), "merchantReference")) about.payment = *id;
  // Unsigned, and only told apart within that payment.
  const auto attempt = TextAt(ObjectAt(item, "additionalData"), "metadata.attempt_id");
  if (auto id = AttemptId::Parse(attempt, "attempt_id"); id && about.payment) about.attempt = *id;
}

FactKind LinkState(const std::string& status) {
  if (status == "expired") return FactKind::kAttemptExpired;
  // Whether it is money, and which, only the notification says.
  if (status == "completed" || status == "paymentPending") return FactKind::kProcessing;
  return status == "active" ? FactKind::kRequiresAction : FactKind::kSubmitted;
}

}  // namespace

std::optional<std::int64_t> ToAdyenAmount(const Money& money) {
  const int exponent = money.currency.exponent();
  return Rescale(money.amount_minor, exponent, OwnExponent(money.currency.code()).value_or(exponent));
}

std::int64_t FromAdyenAmount(std::int64_t value, std::string_view currency_code) {
  const auto own = OwnExponent(currency_code);
  const auto currency = Currency::Parse(currency_code);
  // What does not fit is kept as it is, so that it shows as a different amount.
  return own && currency ? Rescale(value, *own, currency->exponent()).value_or(value) : value;
}

const Json* OnlyItem(const Json& notification) {
  const auto& items = ItemsAt(notification, "notificationItems");
  if (items.size() != 1) return nullptr;
  const auto& item = ObjectAt(items.front(), "NotificationRequestItem");
  return item.empty() ? nullptr : &item;
}

Event TranslateEvent(const Connection& connection, const std::string& body) {
  Event event;
  const auto root = ParseJson(body);
  const auto* item = root ? OnlyItem(*root) : nullptr;
  if (item == nullptr) return Unreadable(event, body, "not one notification");
  const auto reference = TextAt(*item, "pspReference"), success = TextAt(*item, "success");
  event.type = TextAt(*item, "eventCode");
  if (reference.empty() || event.type.empty() || (success != "true" && success != "false"))
    return Unreadable(event, body, "no pspReference, eventCode or success");
  // Adyen has no event id: this never repeats for another event.
  event.id = reference + ":" + event.type + ":" + success;
  if (event.id.size() > 255) return Unreadable(Event{}, body, "too long");
  if (auto foreign = Foreign(connection, *root, *item, event)) return *foreign;
  const auto row = std::find_if(kEvents.begin(), kEvents.end(), [&](const Row& known) { return known.code == event.type; });
  event.known_type = row != kEvents.end();
  if (!event.known_type) return event;
  const auto& amount = ObjectAt(*item, "amount");
  const auto value = IntegerAt(amount, "value");
  const auto currency = TextAt(amount, "currency");
  const auto date = ParseRfc3339(TextAt(*item, "eventDate"));
  if (!date || !value || currency.empty()) return Unreadable(event, body, "no eventDate or amount");
  const Item read{*item,
                  reference,
                  TextAt(*item, "originalReference"),
                  event.type,
                  success == "true",
                  FromAdyenAmount(*value, currency),
                  currency,
                  TextAt(*item, "reason")};
  row->read(event, read);
  Name(event.news.about, *item);
  event.news.connection = connection.name;
  for (std::size_t i = 0; i < event.news.statements.size(); ++i) {
    auto& fact = event.news.statements[i].fact;
    fact.connection = connection.name;
    fact.psp_time = *date;
    fact.event_key = i == 0 ? event.id : event.id + "#" + std::to_string(i);
  }
  return event;
}

std::optional<PspNews> ReadLink(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  if (!json) return std::nullopt;
  const auto id = TextAt(*json, "id"), status = TextAt(*json, "status");
  if (id.empty() || status.empty()) return std::nullopt;
  auto news = NewsOf(connection, attempt, id);
  news.statements = {Seen(LinkState(status), connection, attempt, id, now)};
  if (auto url = TextAt(*json, "url"); !url.empty() && status == "active") {
    news.next_action.emplace();
    news.next_action->redirect_url = std::move(url);
  }
  return news;
}

std::optional<PspNews> ReadRefund(const Connection& connection, const RefundCall& call, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  if (!json || TextAt(*json, "pspReference").empty()) return std::nullopt;
  PspNews news;
  news.connection = connection.name;
  news.statements = {SeenRefund(FactKind::kRefundPending, connection, call.refund, TextAt(*json, "pspReference"), call.amount.amount_minor,
                                std::string(call.amount.currency.code()), "", now)};
  return news;
}

std::string LinkBody(const Connection& connection, const CreateCall& call, std::int64_t value) {
  Json body = {{"merchantAccount", std::string(connection.Field("merchant_account"))},
               {"reference", call.payment.ToString()},
               {"amount", {{"currency", std::string(call.amount.currency.code())}, {"value", value}}},
               {"reusable", false},
               {"metadata", {{"attempt_id", call.attempt.ToString()}}}};
  if (!call.return_url.empty()) body["returnUrl"] = call.return_url;
  return body.dump();
}

std::string RefundBody(const Connection& connection, const RefundCall& call, std::int64_t value) {
  return Json{{"merchantAccount", std::string(connection.Field("merchant_account"))},
              {"reference", call.payment.ToString() + kReferenceSeparator + call.refund.ToString()},
              {"amount", {{"currency", std::string(call.amount.currency.code())}, {"value", value}}}}
      .dump();
}

std::string ErrorCode(const std::string& body) {
  const auto json = ParseJson(body);
  const auto code = json ? TextAt(*json, "errorCode") : "";
  return code.empty() ? "refused" : code;
}

}  // namespace quittance::billing::psp::adyen

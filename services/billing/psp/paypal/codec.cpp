// PayPal's objects. The table of events below is the whole of what we act on.
#include "services/billing/psp/paypal/codec.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "common/crypto/hmac.h"
#include "services/billing/psp/amounts.h"
#include "services/billing/psp/json.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::paypal {
namespace {

bool WholeAtPayPal(std::string_view code) { return code == "HUF" || code == "JPY" || code == "TWD"; }

struct Amount {
  std::int64_t minor = 0;
  std::string currency;
};

// nullopt: an amount that cannot be read exactly.
std::optional<Amount> ReadAmount(const Json& amount) {
  const auto code = TextAt(amount, "currency_code");
  const auto currency = Currency::Parse(code);
  auto value = TextAt(amount, "value");
  const bool negative = value.starts_with("-");
  if (negative) value.erase(0, 1);
  const auto minor = currency ? FromDecimal(value, currency->exponent()) : std::nullopt;
  if (!minor) return std::nullopt;
  return Amount{negative ? -*minor : *minor, code};
}

// What our ids say about whom an object means.
void Name(AboutPayment& about, const Json& object) {
  if (auto id = PaymentId::Parse(TextAt(object, "custom_id"), "custom_id")) about.payment = *id;
  if (auto id = AttemptId::Parse(TextAt(object, "invoice_id"), "invoice_id")) about.attempt = *id;
}

// ".../v2/payments/captures/<id>" of a link; "" if there is none.
std::string CaptureInLinks(const Json& object) {
  constexpr std::string_view kPath = "/v2/payments/captures/";
  for (const auto& link : ItemsAt(object, "links")) {
    const auto href = TextAt(link, "href");
    const auto begin = href.find(kPath);
    if (TextAt(link, "rel") != "up" || begin == std::string::npos) continue;
    const auto rest = href.substr(begin + kPath.size());
    return rest.substr(0, rest.find_first_of("/?"));
  }
  return "";
}

// A capture's present state. nullopt: its amount cannot be read.
std::optional<Statement> CaptureStatement(const Json& capture, std::string_view status) {
  Statement statement;
  auto& fact = statement.fact;
  fact.object = TextAt(capture, "id");
  if (status == "COMPLETED" || status == "PARTIALLY_REFUNDED" || status == "REFUNDED") {
    const auto amount = ReadAmount(ObjectAt(capture, "amount"));
    if (!amount || fact.object.empty()) return std::nullopt;
    fact.kind = FactKind::kCaptured;
    fact.amount_minor = amount->minor;
    fact.currency = amount->currency;
  } else if (status == "DECLINED" || status == "DENIED" || status == "FAILED") {
    fact.kind = FactKind::kDeclined;
    const auto reason = TextAt(ObjectAt(capture, "status_details"), "reason");
    fact.code = reason.empty() ? "capture_declined" : reason;
  } else {
    fact.kind = FactKind::kProcessing;
  }
  return statement;
}

FactKind RefundKind(std::string_view status) {
  if (status == "COMPLETED") return FactKind::kRefundSucceeded;
  if (status == "FAILED" || status == "CANCELLED") return FactKind::kRefundFailed;
  return FactKind::kRefundPending;
}

std::optional<Statement> RefundStatement(const Json& refund) {
  const auto amount = ReadAmount(ObjectAt(refund, "amount"));
  Statement statement;
  statement.psp_refund = TextAt(refund, "id");
  if (!amount || statement.psp_refund.empty()) return std::nullopt;
  if (auto id = RefundId::Parse(TextAt(refund, "invoice_id"), "invoice_id")) statement.refund = *id;
  statement.fact.kind = RefundKind(TextAt(refund, "status"));
  statement.fact.object = statement.refund ? statement.refund->ToString() : statement.psp_refund;
  statement.fact.amount_minor = amount->minor;
  statement.fact.currency = amount->currency;
  statement.fact.code = TextAt(ObjectAt(refund, "status_details"), "reason");
  return statement;
}

// One dispute a capture: what PayPal reverses and what its dispute says is the same money.
std::string DisputeOf(const std::string& capture) { return "dispute:" + capture; }

FactKind DisputeStage(const Json& dispute) {
  const auto outcome = TextAt(ObjectAt(dispute, "dispute_outcome"), "outcome_code");
  if (TextAt(dispute, "status") != "RESOLVED")
    return TextAt(dispute, "status") == "UNDER_REVIEW" ? FactKind::kDisputeReview : FactKind::kDisputeOpened;
  if (outcome == "RESOLVED_BUYER_FAVOUR" || outcome == "ACCEPTED") return FactKind::kDisputeLost;
  const bool won = outcome == "RESOLVED_SELLER_FAVOUR" || outcome == "RESOLVED_WITH_PAYOUT" || outcome == "CANCELED_BY_BUYER" ||
                   outcome == "DENIED" || outcome == "NONE";
  return won ? FactKind::kDisputeWon : FactKind::kDisputeReview;
}

// Every reader says whether it could read.
bool OrderEvent(Event& event, const Json& order) {
  event.news.about.psp_reference = TextAt(order, "id");
  const auto& unit = FirstAt(order, "purchase_units");
  Name(event.news.about, unit);
  for (const auto& capture : ItemsAt(ObjectAt(unit, "payments"), "captures")) {
    auto statement = CaptureStatement(capture, TextAt(capture, "status"));
    if (!statement) return false;
    event.news.statements.push_back(std::move(*statement));
  }
  event.kind = event.news.statements.empty() ? Event::Kind::kAsk : Event::Kind::kNews;
  return !event.news.about.psp_reference.empty();
}

// The payer has agreed: the order must be captured, which is a call of ours.
bool Approved(Event& event, const Json& order) {
  event.news.about.psp_reference = TextAt(order, "id");
  Name(event.news.about, FirstAt(order, "purchase_units"));
  event.kind = Event::Kind::kAsk;
  return !event.news.about.psp_reference.empty();
}

bool ApprovalReversed(Event& event, const Json& object) {
  auto reference = TextAt(object, "order_id");
  if (reference.empty()) reference = TextAt(object, "id");
  event.news.about.psp_reference = reference;
  Name(event.news.about, FirstAt(object, "purchase_units"));
  Statement statement;
  statement.fact.kind = FactKind::kAttemptCanceled;
  statement.fact.object = reference;
  event.news.statements = {std::move(statement)};
  event.kind = Event::Kind::kNews;
  return !reference.empty();
}

bool CaptureEvent(Event& event, const Json& capture, std::string_view status) {
  event.news.about.psp_reference = TextAt(ObjectAt(ObjectAt(capture, "supplementary_data"), "related_ids"), "order_id");
  Name(event.news.about, capture);
  auto statement = CaptureStatement(capture, status);
  if (!statement) return false;
  event.news.statements = {std::move(*statement)};
  event.kind = Event::Kind::kNews;
  return true;
}

bool RefundEvent(Event& event, const Json& refund) {
  Name(event.news.about, refund);
  event.news.about.attempt.reset();  // invoice_id is the refund's
  auto statement = RefundStatement(refund);
  if (!statement) return false;
  event.news.statements = {std::move(*statement)};
  event.kind = Event::Kind::kNews;
  return true;
}

// PayPal took the money of a capture back.
bool Reversed(Event& event, const Json& object) {
  const auto linked = CaptureInLinks(object);
  const auto capture = linked.empty() ? TextAt(object, "id") : linked;
  const auto amount = ReadAmount(ObjectAt(object, "amount"));
  if (capture.empty() || !amount) return false;
  Name(event.news.about, object);
  event.news.about.psp_reference = TextAt(ObjectAt(ObjectAt(object, "supplementary_data"), "related_ids"), "order_id");
  Statement statement;
  statement.fact.kind = FactKind::kDisputeWithdrawn;
  statement.fact.object = DisputeOf(capture);
  statement.fact.amount_minor = std::abs(amount->minor);
  statement.fact.currency = amount->currency;
  event.news.statements = {std::move(statement)};
  event.kind = Event::Kind::kNews;
  return true;
}

bool DisputeEvent(Event& event, const Json& dispute) {
  const auto& transaction = FirstAt(dispute, "disputed_transactions");
  const auto capture = TextAt(transaction, "seller_transaction_id");
  const auto amount = ReadAmount(ObjectAt(dispute, "dispute_amount"));
  if (capture.empty() || !amount) return false;
  if (auto id = PaymentId::Parse(TextAt(transaction, "custom"), "custom")) event.news.about.payment = *id;
  if (auto id = AttemptId::Parse(TextAt(transaction, "invoice_number"), "invoice_number")) event.news.about.attempt = *id;
  Statement statement;
  statement.fact.kind = DisputeStage(dispute);
  statement.fact.object = DisputeOf(capture);
  statement.fact.amount_minor = amount->minor;
  statement.fact.currency = amount->currency;
  statement.fact.code = TextAt(dispute, "reason");
  event.news.statements = {std::move(statement)};
  event.kind = Event::Kind::kNews;
  return true;
}

bool Nothing(Event&, const Json&) { return true; }

struct Row {
  std::string_view type;
  bool (*read)(Event&, const Json&);
};

constexpr std::array<Row, 26> kEvents = {{
    {"CHECKOUT.ORDER.APPROVED", Approved},
    {"CHECKOUT.ORDER.COMPLETED", OrderEvent},
    {"CHECKOUT.PAYMENT-APPROVAL.REVERSED", ApprovalReversed},
    {"PAYMENT.CAPTURE.PENDING", [](Event& e, const Json& o) { return CaptureEvent(e, o, "PENDING"); }},
    {"PAYMENT.CAPTURE.COMPLETED", [](Event& e, const Json& o) { return CaptureEvent(e, o, "COMPLETED"); }},
    // Both names are PayPal's.
    {"PAYMENT.CAPTURE.DENIED", [](Event& e, const Json& o) { return CaptureEvent(e, o, "DENIED"); }},
    {"PAYMENT.CAPTURE.DECLINED", [](Event& e, const Json& o) { return CaptureEvent(e, o, "DECLINED"); }},
    {"PAYMENT.CAPTURE.REFUNDED", RefundEvent},
    {"PAYMENT.REFUND.PENDING", RefundEvent},
    {"PAYMENT.REFUND.FAILED", RefundEvent},
    {"PAYMENT.CAPTURE.REVERSED", Reversed},
    {"CUSTOMER.DISPUTE.CREATED", DisputeEvent},
    {"CUSTOMER.DISPUTE.UPDATED", DisputeEvent},
    {"CUSTOMER.DISPUTE.RESOLVED", DisputeEvent},
    // Known and nothing for us: we capture at once, and renew by ourselves.
    {"PAYMENT.AUTHORIZATION.CREATED", Nothing},
    {"PAYMENT.AUTHORIZATION.VOIDED", Nothing},
    {"PAYMENT.SALE.COMPLETED", Nothing},
    {"PAYMENT.SALE.REFUNDED", Nothing},
    {"PAYMENT.SALE.REVERSED", Nothing},
    {"BILLING.SUBSCRIPTION.CREATED", Nothing},
    {"BILLING.SUBSCRIPTION.ACTIVATED", Nothing},
    {"BILLING.SUBSCRIPTION.UPDATED", Nothing},
    {"BILLING.SUBSCRIPTION.SUSPENDED", Nothing},
    {"BILLING.SUBSCRIPTION.CANCELLED", Nothing},
    {"BILLING.SUBSCRIPTION.EXPIRED", Nothing},
    {"BILLING.SUBSCRIPTION.RE-ACTIVATED", Nothing},
}};

Event Unreadable(const std::string& body, const Event& known, std::string why) {
  Event event;
  event.kind = Event::Kind::kUnreadable;
  event.id = known.id.empty() ? "sha256:" + crypto::Hex(crypto::Sha256(body)) : known.id;
  event.type = known.type;
  event.why = std::move(why);
  return event;
}

void Complete(Statement& statement, const Connection& connection, std::optional<AttemptId> attempt, TimePoint now) {
  statement.fact.connection = connection.name;
  statement.fact.attempt = attempt;
  statement.fact.psp_time = now;
  statement.fact.event_key = StateKey(statement.fact);
}

std::string LinkNamed(const Json& order, std::initializer_list<std::string_view> rels) {
  for (const auto& link : ItemsAt(order, "links")) {
    if (std::find(rels.begin(), rels.end(), TextAt(link, "rel")) != rels.end()) return TextAt(link, "href");
  }
  return "";
}

// The state of an order in which no capture was made yet.
Statement OpenOrder(const Json& order, const std::string& status, bool waits) {
  Statement statement;
  statement.fact.object = TextAt(order, "id");
  statement.fact.kind = status == "VOIDED"     ? FactKind::kAttemptCanceled
                        : status == "APPROVED" ? FactKind::kProcessing
                        : waits                ? FactKind::kRequiresAction
                                               : FactKind::kSubmitted;
  return statement;
}

}  // namespace

const std::vector<std::string_view>& Currencies() {
  static const std::vector<std::string_view> kCurrencies = {"AUD", "BRL", "CAD", "CNY", "CZK", "DKK", "EUR", "HKD",
                                                            "HUF", "ILS", "JPY", "MYR", "MXN", "TWD", "NZD", "NOK",
                                                            "PHP", "PLN", "GBP", "SGD", "SEK", "CHF", "THB", "USD"};
  return kCurrencies;
}

std::optional<std::string> ToValue(const Money& money) {
  const int exponent = money.currency.exponent();
  if (!WholeAtPayPal(money.currency.code())) return ToDecimal(money.amount_minor, exponent);
  const auto whole = Rescale(money.amount_minor, exponent, 0);
  return whole ? std::optional(ToDecimal(*whole, 0)) : std::nullopt;
}

Event TranslateEvent(const Connection& connection, const std::string& body) {
  Event event;
  const auto root = ParseJson(body);
  if (!root || !root->is_object()) return Unreadable(body, event, "not strict JSON");
  event.id = TextAt(*root, "id");
  event.type = TextAt(*root, "event_type");
  if (event.id.empty() || event.id.size() > 255 || event.type.empty()) return Unreadable(body, {}, "no event id or type");
  const auto row = std::find_if(kEvents.begin(), kEvents.end(), [&](const Row& known) { return known.type == event.type; });
  event.known_type = row != kEvents.end();
  if (!event.known_type) return event;
  const auto created = ParseRfc3339(TextAt(*root, "create_time"));
  if (!created || !row->read(event, ObjectAt(*root, "resource")))
    return Unreadable(body, event, "no create_time, or a resource that lacks something");
  event.news.connection = connection.name;
  for (std::size_t i = 0; i < event.news.statements.size(); ++i) {
    auto& fact = event.news.statements[i].fact;
    fact.connection = connection.name;
    fact.psp_time = *created;
    fact.event_key = i == 0 ? event.id : event.id + "#" + std::to_string(i);
  }
  return event;
}

std::optional<Order> ReadOrder(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  if (!json) return std::nullopt;
  const auto id = TextAt(*json, "id"), status = TextAt(*json, "status");
  if (id.empty() || status.empty()) return std::nullopt;
  Order order;
  order.approved = status == "APPROVED";
  order.news = NewsOf(connection, attempt, id);
  const auto& payments = ObjectAt(FirstAt(*json, "purchase_units"), "payments");
  for (const auto& capture : ItemsAt(payments, "captures")) {
    auto statement = CaptureStatement(capture, TextAt(capture, "status"));
    if (!statement) return std::nullopt;
    Complete(*statement, connection, attempt, now);
    order.news.statements.push_back(std::move(*statement));
    order.completed = true;
  }
  for (const auto& refund : ItemsAt(payments, "refunds")) {
    auto statement = RefundStatement(refund);
    if (!statement) return std::nullopt;
    Complete(*statement, connection, std::nullopt, now);
    order.news.statements.push_back(std::move(*statement));
  }
  if (!order.completed) {
    const auto redirect = LinkNamed(*json, {"payer-action", "approve"});
    order.news.statements = {OpenOrder(*json, status, !redirect.empty())};
    Complete(order.news.statements.front(), connection, attempt, now);
    if (!redirect.empty() && status != "APPROVED" && status != "VOIDED") {
      order.news.next_action.emplace();
      order.news.next_action->redirect_url = redirect;
    }
  }
  return order;
}

std::optional<PspNews> ReadRefund(const Connection& connection, RefundId refund, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  const auto read = json ? RefundStatement(*json) : std::nullopt;
  if (!read) return std::nullopt;
  PspNews news;
  news.connection = connection.name;
  news.statements = {SeenRefund(read->fact.kind, connection, refund, read->psp_refund, read->fact.amount_minor, read->fact.currency,
                                read->fact.code, now)};
  return news;
}

Listing ReadTransactions(const Connection& connection, const std::string& body, TimePoint now) {
  Listing listing;
  const auto json = ParseJson(body);
  if (!json || !json->is_object() || !json->contains("transaction_details")) return listing;
  listing.known = true;
  for (const auto& detail : ItemsAt(*json, "transaction_details")) {
    const auto& info = ObjectAt(detail, "transaction_info");
    const auto amount = ReadAmount(ObjectAt(info, "transaction_amount"));
    const auto id = TextAt(info, "transaction_id"), event_code = TextAt(info, "transaction_event_code");
    if (!amount || id.empty() || TextAt(info, "transaction_status") != "S") continue;
    PspNews news;
    news.connection = connection.name;
    if (auto payment = PaymentId::Parse(TextAt(info, "custom_field"), "custom_field")) news.about.payment = *payment;
    if (auto attempt = AttemptId::Parse(TextAt(info, "invoice_id"), "invoice_id")) news.about.attempt = *attempt;
    Statement statement;
    statement.fact.currency = amount->currency;
    statement.fact.amount_minor = std::abs(amount->minor);
    if (event_code.starts_with("T00") && amount->minor > 0) {
      statement.fact.kind = FactKind::kCaptured;
      statement.fact.object = id;
    } else if (event_code == "T1107") {
      statement.fact.kind = FactKind::kRefundSucceeded;
      statement.psp_refund = id;
      if (auto refund = RefundId::Parse(TextAt(info, "invoice_id"), "invoice_id")) statement.refund = *refund;
      statement.fact.object = statement.refund ? statement.refund->ToString() : id;
    } else {
      continue;
    }
    Complete(statement, connection, statement.fact.kind == FactKind::kCaptured ? news.about.attempt : std::nullopt, now);
    news.statements = {std::move(statement)};
    listing.payments.push_back(std::move(news));
  }
  const auto page = IntegerAt(*json, "page").value_or(1), pages = IntegerAt(*json, "total_pages").value_or(1);
  if (page < pages) listing.next_page = std::to_string(page + 1);
  return listing;
}

std::string OrderBody(const CreateCall& call, const std::string& value) {
  Json context = {{"user_action", "PAY_NOW"}, {"shipping_preference", "NO_SHIPPING"}};
  if (!call.return_url.empty()) {
    context["return_url"] = call.return_url;
    context["cancel_url"] = call.return_url;
  }
  const Json unit = {{"reference_id", "default"},
                     {"custom_id", call.payment.ToString()},
                     {"invoice_id", call.attempt.ToString()},
                     {"amount", {{"currency_code", std::string(call.amount.currency.code())}, {"value", value}}}};
  return Json{
      {"intent", "CAPTURE"}, {"purchase_units", Json::array({unit})}, {"payment_source", {{"paypal", {{"experience_context", context}}}}}}
      .dump();
}

std::string RefundBody(const RefundCall& call, const std::string& value) {
  return Json{{"amount", {{"currency_code", std::string(call.amount.currency.code())}, {"value", value}}},
              {"custom_id", call.payment.ToString()},
              {"invoice_id", call.refund.ToString()}}
      .dump();
}

std::string ErrorCode(const std::string& body) {
  const auto json = ParseJson(body);
  if (!json) return "refused";
  if (auto issue = TextAt(FirstAt(*json, "details"), "issue"); !issue.empty()) return issue;
  auto name = TextAt(*json, "name");
  if (name.empty()) name = TextAt(*json, "error");
  return name.empty() ? "refused" : name;
}

}  // namespace quittance::billing::psp::paypal

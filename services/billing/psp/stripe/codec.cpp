// Stripe's snapshot objects and events (providers: Stripe's own table). The table of events below is the whole of what we act on.
#include "services/billing/psp/stripe/codec.h"

#include <algorithm>
#include <array>

#include "common/crypto/hmac.h"
#include "services/billing/psp/json.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::stripe {
namespace {

std::string Upper(std::string text) {
  for (auto& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

bool HasTwoDecimalsAtStripe(std::string_view code) { return code == "ISK" || code == "UGX"; }

struct Amount {
  std::int64_t minor = 0;
  std::string currency;
};

Amount AmountAt(const Json& object, const char* key) {
  auto currency = Upper(TextAt(object, "currency"));
  const auto minor = IntegerAt(object, key).value_or(0);
  return {FromStripeAmount(minor, currency), std::move(currency)};
}

// Whom an object speaks of, by the metadata we gave it and its PaymentIntent.
AboutPayment About(const Json& object, std::string psp_reference) {
  AboutPayment about;
  const auto& metadata = ObjectAt(object, "metadata");
  if (auto id = PaymentId::Parse(TextAt(metadata, "payment_id"), "payment_id")) about.payment = *id;
  if (auto id = AttemptId::Parse(TextAt(metadata, "attempt_id"), "attempt_id")) about.attempt = *id;
  about.psp_reference = std::move(psp_reference);
  return about;
}

std::string DeclineCode(const Json& intent) {
  const auto& error = ObjectAt(intent, "last_payment_error");
  auto code = TextAt(error, "decline_code");
  return code.empty() ? TextAt(error, "code") : code;
}

FactKind EndOf(const Json& intent) {
  return TextAt(intent, "cancellation_reason") == "expired" ? FactKind::kAttemptExpired : FactKind::kAttemptCanceled;
}

// The one statement that a PaymentIntent's present state makes.
Statement StateOf(const Json& intent) {
  Statement statement;
  auto& fact = statement.fact;
  fact.object = TextAt(intent, "id");
  const auto status = TextAt(intent, "status");
  if (status == "succeeded") {
    const auto amount = AmountAt(intent, "amount_received");
    fact.kind = FactKind::kCaptured;
    fact.amount_minor = amount.minor;
    fact.currency = amount.currency;
  } else if (status == "canceled") {
    fact.kind = EndOf(intent);
  } else if (status == "processing" || status == "requires_capture") {
    fact.kind = FactKind::kProcessing;
  } else if (status == "requires_action") {
    fact.kind = FactKind::kRequiresAction;
  } else if (status == "requires_payment_method" && !ObjectAt(intent, "last_payment_error").empty()) {
    fact.kind = FactKind::kDeclined;
    fact.code = DeclineCode(intent);
  } else {
    fact.kind = FactKind::kSubmitted;
  }
  return statement;
}

FactKind RefundKind(const std::string& status) {
  if (status == "succeeded") return FactKind::kRefundSucceeded;
  if (status == "failed" || status == "canceled") return FactKind::kRefundFailed;
  return FactKind::kRefundPending;
}

Statement RefundStatement(const Json& refund) {
  Statement statement;
  const auto amount = AmountAt(refund, "amount");
  statement.psp_refund = TextAt(refund, "id");
  if (auto id = RefundId::Parse(TextAt(ObjectAt(refund, "metadata"), "refund_id"), "refund_id")) statement.refund = *id;
  statement.fact.kind = RefundKind(TextAt(refund, "status"));
  statement.fact.amount_minor = amount.minor;
  statement.fact.currency = amount.currency;
  statement.fact.code = TextAt(refund, "failure_reason");
  return statement;
}

Statement DisputeStatement(const Json& dispute, FactKind kind) {
  Statement statement;
  const auto amount = AmountAt(dispute, "amount");
  statement.fact.kind = kind;
  statement.fact.object = TextAt(dispute, "id");
  statement.fact.amount_minor = amount.minor;
  statement.fact.currency = amount.currency;
  statement.fact.code = TextAt(dispute, "reason");
  return statement;
}

FactKind DisputeStage(const std::string& status) {
  if (status == "won" || status == "warning_closed" || status == "prevented") return FactKind::kDisputeWon;
  if (status == "lost") return FactKind::kDisputeLost;
  if (status == "under_review" || status == "warning_under_review") return FactKind::kDisputeReview;
  return FactKind::kDisputeOpened;
}

void IntentNews(Event& event, const Json& intent, std::optional<FactKind> kind) {
  auto statement = StateOf(intent);
  if (kind && statement.fact.kind != *kind) {
    // The event's name rules: the snapshot inside may be newer or older than what the event tells.
    const bool money = *kind == FactKind::kCaptured;
    const auto amount = money ? AmountAt(intent, "amount_received") : Amount{};
    statement.fact.kind = *kind;
    statement.fact.amount_minor = amount.minor;
    statement.fact.currency = amount.currency;
    statement.fact.code = *kind == FactKind::kDeclined ? DeclineCode(intent) : "";
  }
  event.kind = Event::Kind::kNews;
  event.news.about = About(intent, TextAt(intent, "id"));
  event.news.statements = {std::move(statement)};
}

void RefundNews(Event& event, const Json& refund) {
  event.kind = Event::Kind::kNews;
  event.news.about = About(refund, TextAt(refund, "payment_intent"));
  event.news.statements = {RefundStatement(refund)};
}

void DisputeNews(Event& event, const Json& dispute, FactKind kind) {
  event.kind = Event::Kind::kNews;
  event.news.about = About(dispute, TextAt(dispute, "payment_intent"));
  event.news.statements = {DisputeStatement(dispute, kind)};
}

// The card's issuer believes in fraud; no money moves. A warning about a charge without a PaymentIntent is not about one of ours.
void WarningNews(Event& event, const Json& warning) {
  const auto intent = TextAt(warning, "payment_intent");
  if (intent.empty()) return;
  Statement statement;
  statement.fact.kind = FactKind::kFraudWarning;
  statement.fact.object = TextAt(warning, "id");
  statement.fact.code = TextAt(warning, "fraud_type");
  event.kind = Event::Kind::kNews;
  event.news.about = About(warning, intent);
  event.news.statements = {std::move(statement)};
}

// A hint only: the PaymentIntent behind the session must be asked.
void SessionHint(Event& event, const Json& session) {
  event.news.about = About(session, TextAt(session, "payment_intent"));
  event.kind = event.news.about.psp_reference.empty() ? Event::Kind::kIgnored : Event::Kind::kAsk;
}

using Reader = void (*)(Event&, const Json&);
struct Row {
  std::string_view type;
  Reader read;
};

constexpr std::array<Row, 22> kEvents = {{
    {"payment_intent.created", [](Event& e, const Json& o) { IntentNews(e, o, FactKind::kSubmitted); }},
    {"payment_intent.requires_action", [](Event& e, const Json& o) { IntentNews(e, o, FactKind::kRequiresAction); }},
    {"payment_intent.processing", [](Event& e, const Json& o) { IntentNews(e, o, FactKind::kProcessing); }},
    {"payment_intent.succeeded", [](Event& e, const Json& o) { IntentNews(e, o, FactKind::kCaptured); }},
    {"payment_intent.payment_failed", [](Event& e, const Json& o) { IntentNews(e, o, FactKind::kDeclined); }},
    {"payment_intent.canceled", [](Event& e, const Json& o) { IntentNews(e, o, EndOf(o)); }},
    {"checkout.session.completed", SessionHint},
    {"checkout.session.async_payment_succeeded", SessionHint},
    {"checkout.session.async_payment_failed", SessionHint},
    {"checkout.session.expired", SessionHint},
    {"refund.created", RefundNews},
    {"refund.updated", RefundNews},
    {"refund.failed", RefundNews},
    {"charge.refund.updated", RefundNews},
    // Cumulative: the refund events carry the same money one by one.
    {"charge.refunded", [](Event&, const Json&) {}},
    {"charge.dispute.created", [](Event& e, const Json& o) { DisputeNews(e, o, DisputeStage(TextAt(o, "status"))); }},
    {"charge.dispute.updated", [](Event& e, const Json& o) { DisputeNews(e, o, DisputeStage(TextAt(o, "status"))); }},
    {"charge.dispute.closed", [](Event& e, const Json& o) { DisputeNews(e, o, DisputeStage(TextAt(o, "status"))); }},
    {"charge.dispute.funds_withdrawn", [](Event& e, const Json& o) { DisputeNews(e, o, FactKind::kDisputeWithdrawn); }},
    {"charge.dispute.funds_reinstated", [](Event& e, const Json& o) { DisputeNews(e, o, FactKind::kDisputeReinstated); }},
    // The same money as payment_intent.succeeded.
    {"charge.succeeded", [](Event&, const Json&) {}},
    {"radar.early_fraud_warning.created", WarningNews},
}};

Event Unreadable(const std::string& body, std::string why) {
  Event event;
  event.kind = Event::Kind::kUnreadable;
  event.id = "sha256:" + crypto::Hex(crypto::Sha256(body));
  event.why = std::move(why);
  return event;
}

bool IsForeign(const Connection& connection, const Json& root) {
  const auto live = root.find("livemode");
  if (connection.environment == Environment::kUnknown || live == root.end() || !live->is_boolean()) return false;
  return live->get<bool>() != (connection.environment == Environment::kLive);
}

// Connection, time and key of every statement of one event.
void Complete(Event& event, const Connection& connection, TimePoint created) {
  event.news.connection = connection.name;
  for (auto& statement : event.news.statements) {
    statement.fact.connection = connection.name;
    statement.fact.psp_time = created;
    statement.fact.event_key = event.id;
  }
}

PspNews IntentAnswer(const Connection& connection, AttemptId attempt, const Json& intent, TimePoint now) {
  PspNews news;
  news.connection = connection.name;
  news.about.attempt = attempt;
  news.about.psp_reference = TextAt(intent, "id");
  auto statement = StateOf(intent);
  statement.fact.attempt = attempt;
  statement.fact.connection = connection.name;
  statement.fact.psp_time = now;
  statement.fact.event_key = StateKey(statement.fact);
  news.statements = {std::move(statement)};
  news.unknown = false;
  NextAction action;
  action.redirect_url = TextAt(ObjectAt(ObjectAt(intent, "next_action"), "redirect_to_url"), "url");
  if (action.redirect_url.empty()) action.client_secret = TextAt(intent, "client_secret");
  if (!action.empty()) news.next_action = std::move(action);
  return news;
}

bool IsIntent(const Json& json) { return TextAt(json, "object") == "payment_intent" && !TextAt(json, "id").empty(); }

}  // namespace

std::int64_t ToStripeAmount(const Money& money) {
  return HasTwoDecimalsAtStripe(money.currency.code()) ? money.amount_minor * 100 : money.amount_minor;
}

std::int64_t FromStripeAmount(std::int64_t amount, std::string_view currency_code) {
  // A fraction of a crown that does not exist: kept as it is, so that it shows as a different amount.
  return HasTwoDecimalsAtStripe(currency_code) && amount % 100 == 0 ? amount / 100 : amount;
}

Event TranslateEvent(const Connection& connection, const std::string& body) {
  const auto root = ParseJson(body);
  if (!root || !root->is_object()) return Unreadable(body, "not strict JSON");
  Event event;
  event.id = TextAt(*root, "id");
  event.type = TextAt(*root, "type");
  if (event.id.empty() || event.id.size() > 255 || event.type.empty()) return Unreadable(body, "no event id or type");
  if (IsForeign(connection, *root)) {
    event.kind = Event::Kind::kForeign;
    event.why = "livemode is not the connection's environment";
    return event;
  }
  const auto row = std::find_if(kEvents.begin(), kEvents.end(), [&](const Row& known) { return known.type == event.type; });
  event.known_type = row != kEvents.end() && TextAt(*root, "object") != "v2.core.event";
  if (!event.known_type) return event;
  const auto& object = ObjectAt(ObjectAt(*root, "data"), "object");
  const auto created = IntegerAt(*root, "created");
  if (TextAt(object, "id").empty() || !created || *created < 0 || *created > 99'999'999'999) {
    auto unreadable = Unreadable(body, "no data.object.id or created");
    unreadable.id = event.id;
    unreadable.type = event.type;
    return unreadable;
  }
  row->read(event, object);
  Complete(event, connection, FromUnixSeconds(*created));
  return event;
}

std::optional<PspNews> ReadIntent(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  if (!json || !IsIntent(*json)) return std::nullopt;
  return IntentAnswer(connection, attempt, *json, now);
}

std::optional<PspNews> ReadIntentInError(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  if (!json) return std::nullopt;
  const auto& intent = ObjectAt(ObjectAt(*json, "error"), "payment_intent");
  if (!IsIntent(intent)) return std::nullopt;
  return IntentAnswer(connection, attempt, intent, now);
}

Listing ReadIntents(const Connection& connection, const std::string& body, TimePoint now) {
  Listing listing;
  const auto json = ParseJson(body);
  if (!json || TextAt(*json, "object") != "list") return listing;
  const auto data = json->find("data");
  if (data == json->end() || !data->is_array()) return listing;
  listing.known = true;
  for (const auto& intent : *data) {
    if (!IsIntent(intent)) continue;
    const auto about = About(intent, TextAt(intent, "id"));
    auto news = IntentAnswer(connection, about.attempt.value_or(AttemptId{}), intent, now);
    news.about = about;
    if (!about.attempt) news.statements.front().fact.attempt.reset();
    news.next_action.reset();
    news.unknown.reset();
    listing.payments.push_back(std::move(news));
    listing.next_page = TextAt(intent, "id");
  }
  const auto more = json->find("has_more");
  if (more == json->end() || !more->is_boolean() || !more->get<bool>()) listing.next_page.clear();
  return listing;
}

std::optional<std::string> FirstFound(const std::string& body) {
  const auto json = ParseJson(body);
  if (!json || TextAt(*json, "object") != "search_result") return std::nullopt;
  const auto data = json->find("data");
  if (data == json->end() || !data->is_array()) return std::nullopt;
  return data->empty() ? "" : data->front().dump();
}

std::optional<PspNews> ReadRefund(const Connection& connection, RefundId refund, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  if (!json || TextAt(*json, "id").empty() || TextAt(*json, "status").empty()) return std::nullopt;
  const auto read = RefundStatement(*json);
  PspNews news;
  news.connection = connection.name;
  news.statements = {
      SeenRefund(read.fact.kind, connection, refund, read.psp_refund, read.fact.amount_minor, read.fact.currency, read.fact.code, now)};
  return news;
}

std::string ErrorCode(const std::string& body) {
  const auto json = ParseJson(body);
  if (!json) return "refused";
  const auto& error = ObjectAt(*json, "error");
  for (const auto* key : {"decline_code", "code", "type"}) {
    if (auto code = TextAt(error, key); !code.empty()) return code;
  }
  return "refused";
}

}  // namespace quittance::billing::psp::stripe

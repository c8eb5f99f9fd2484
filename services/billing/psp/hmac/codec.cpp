// Codec of the generic HMAC PSP. Beyond the fields every such PSP sends it reads, where they are there, `refund_id` (ours),
// `refund_reference` and `dispute_id` (the PSP's) and `status` of a refund or dispute, so that two of a kind are told apart.
#include "services/billing/psp/hmac/codec.h"

#include <tuple>

#include "common/crypto/hmac.h"
#include "services/billing/psp/hmac/mapping.h"
#include "services/billing/psp/hmac/schemes.h"
#include "services/billing/psp/json.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::hmac {
namespace {

std::vector<std::string> Signatures(std::string_view header, bool& well_formed) {
  std::vector<std::string> signatures;
  std::size_t seen = 0;
  well_formed = true;
  for (bool more = true; more;) {
    const auto comma = header.find(',');
    more = comma != std::string_view::npos;
    const auto item = header.substr(0, comma);
    if (more) header.remove_prefix(comma + 1);
    well_formed &= item.starts_with("v1=") && ++seen <= kSignaturesMax;
    if (!well_formed) return {};
    if (auto bytes = ParseHexSignature(item.substr(3))) signatures.push_back(std::move(*bytes));
  }
  return signatures;
}

Event Unreadable(const std::string& body, std::string why) {
  Event event;
  event.kind = Event::Kind::kUnreadable;
  event.id = "sha256:" + crypto::Hex(crypto::Sha256(body));
  event.why = std::move(why);
  return event;
}

// The payment's facts by status word; the same words serve answers and, behind `payment.`, events.
std::optional<FactKind> PaymentKind(std::string_view word) {
  if (word == "created" || word == "pending" || word == "submitted") return FactKind::kSubmitted;
  if (word == "requires_action") return FactKind::kRequiresAction;
  if (word == "processing") return FactKind::kProcessing;
  if (word == "succeeded") return FactKind::kCaptured;
  if (word == "failed" || word == "declined") return FactKind::kDeclined;
  if (word == "canceled" || word == "cancelled") return FactKind::kAttemptCanceled;
  if (word == "expired") return FactKind::kAttemptExpired;
  return std::nullopt;
}

std::optional<FactKind> PaymentEnd(std::string_view reason) {
  const auto kind = PaymentKind(reason);
  return kind == FactKind::kAttemptCanceled || kind == FactKind::kAttemptExpired ? kind : std::nullopt;
}

FactKind RefundKind(std::string_view status, FactKind otherwise) {
  if (status == "succeeded") return FactKind::kRefundSucceeded;
  if (status == "failed" || status == "canceled" || status == "reversed") return FactKind::kRefundFailed;
  if (status == "pending" || status == "processing") return FactKind::kRefundPending;
  return otherwise;
}

FactKind DisputeKind(std::string_view status) {
  if (status == "won") return FactKind::kDisputeWon;
  if (status == "lost") return FactKind::kDisputeLost;
  if (status == "under_review") return FactKind::kDisputeReview;
  return FactKind::kDisputeOpened;
}

std::string FirstText(const Json& object, std::initializer_list<const char*> keys) {
  for (const auto* key : keys) {
    if (auto text = TextAt(object, key); !text.empty()) return text;
  }
  return "";
}

void Fill(Statement& statement, const Json& json, const std::string& event_type, const std::string& reference) {
  auto& fact = statement.fact;
  fact.amount_minor = IntegerAt(json, "amount_minor").value_or(0);
  fact.currency = TextAt(json, "currency");
  fact.code = FirstText(json, {"code", "reason"});
  if (event_type == "payment.refunded") {
    const auto refund = FirstText(json, {"refund_id", "refund_reference"});
    if (auto id = RefundId::Parse(refund, "refund_id")) statement.refund = *id;
    statement.psp_refund = TextAt(json, "refund_reference");
    if (!statement.refund && statement.psp_refund.empty()) statement.psp_refund = refund;
    fact.kind = RefundKind(TextAt(json, "status"), FactKind::kRefundSucceeded);
  } else if (event_type == "payment.disputed") {
    fact.object = FirstText(json, {"dispute_id"});
    if (fact.object.empty()) fact.object = reference + ":dispute";
    fact.kind = DisputeKind(FirstText(json, {"status", "outcome", "dispute_status"}));
  } else {
    fact.object = reference;
    fact.kind = *PaymentKind(std::string_view(event_type).substr(sizeof("payment.") - 1));
    // A failure that was the payer's or the clock's doing is an end, not a decline.
    if (fact.kind == FactKind::kDeclined) fact.kind = PaymentEnd(fact.code).value_or(fact.kind);
    if (fact.kind != FactKind::kCaptured) std::tie(fact.amount_minor, fact.currency) = std::pair(std::int64_t{0}, std::string());
  }
}

bool IsKnown(std::string_view type) {
  if (type == "payment.refunded" || type == "payment.disputed") return true;
  return type.starts_with("payment.") && PaymentKind(type.substr(sizeof("payment.") - 1)).has_value();
}

}  // namespace

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) {
  const auto scheme = SchemeNamed(connection.Field("signature"));
  if (!scheme) return Rejection::kNoSecret;
  if (*scheme == Scheme::kBodyOnly) return VerifyBodyOnly(connection, webhook, now);
  if (*scheme == Scheme::kStandard) return VerifyStandard(connection, webhook, now);
  if (connection.webhook_secrets.empty()) return Rejection::kNoSecret;
  const auto signature = SingleHeader(webhook, "x-signature");
  const auto timestamp = SingleHeader(webhook, "x-timestamp");
  if (!signature || signature->empty()) return Rejection::kSignatureMissing;
  if (!timestamp) return Rejection::kTimestampMalformed;
  const auto seconds = ParseUnixSeconds(*timestamp);
  if (!seconds) return Rejection::kTimestampMalformed;
  bool well_formed = false;
  const auto signatures = Signatures(*signature, well_formed);
  if (!well_formed || signatures.empty()) return Rejection::kSignatureMalformed;
  if (!WithinTolerance(*seconds, now)) return Rejection::kTimestampOutside;
  if (!AnyMatches(connection.webhook_secrets, signatures, {*timestamp, ".", webhook.body}, now)) return Rejection::kSignatureWrong;
  return std::nullopt;
}

Event TranslateEvent(const Connection& connection, const std::string& body) {
  auto json = ParseJson(body);
  if (!json || !json->is_object()) return Unreadable(body, "not strict JSON");
  if (!connection.fields.empty()) json = Mapped(connection, *json);
  Event event;
  event.id = TextAt(*json, "id");
  event.type = TextAt(*json, "type");
  if (event.id.empty() || event.id.size() > 255 || event.type.empty()) return Unreadable(body, "no event id or type");
  event.known_type = IsKnown(event.type);
  if (!event.known_type) return event;
  const auto created = IntegerAt(*json, "created");
  const auto reference = TextAt(*json, "reference");
  // Captures are told apart by the PSP's reference: one without it would count beside the one it repeats.
  const bool no_money = event.type == "payment.succeeded" && (reference.empty() || !IntegerAt(*json, "amount_minor"));
  if (!created || *created < 0 || *created > 99'999'999'999 || no_money) {
    auto unreadable = Unreadable(body, "no created, reference or amount_minor");
    unreadable.id = event.id;
    unreadable.type = event.type;
    return unreadable;
  }
  event.kind = Event::Kind::kNews;
  event.news.connection = connection.name;
  event.news.about.psp_reference = reference;
  if (auto id = PaymentId::Parse(TextAt(*json, "payment_id"), "payment_id")) event.news.about.payment = *id;
  Statement statement;
  Fill(statement, *json, event.type, reference);
  statement.fact.connection = connection.name;
  statement.fact.psp_time = FromUnixSeconds(*created);
  statement.fact.event_key = event.id;
  event.news.statements = {std::move(statement)};
  return event;
}

std::optional<PspNews> ReadPayment(const Connection& connection, AttemptId attempt, const Money& asked, const std::string& body,
                                   TimePoint now) {
  const auto json = ParseJson(body);
  if (!json) return std::nullopt;
  const auto reference = TextAt(*json, "reference");
  if (reference.empty()) return std::nullopt;
  auto kind = PaymentKind(TextAt(*json, "status")).value_or(FactKind::kSubmitted);
  const auto redirect = TextAt(*json, "redirect_url");
  if (kind == FactKind::kSubmitted && !redirect.empty()) kind = FactKind::kRequiresAction;

  auto news = NewsOf(connection, attempt, reference);
  if (kind == FactKind::kCaptured) {
    auto currency = TextAt(*json, "currency");
    if (currency.empty()) currency = asked.currency.code();
    news.statements = {
        SeenMoney(kind, connection, attempt, reference, IntegerAt(*json, "amount_minor").value_or(asked.amount_minor), currency, now)};
  } else {
    news.statements = {Seen(kind, connection, attempt, reference, now)};
    if (kind == FactKind::kDeclined) news.statements.front().fact.code = FirstText(*json, {"code", "reason"});
  }
  if (!redirect.empty()) {
    news.next_action.emplace();
    news.next_action->redirect_url = redirect;
  }
  return news;
}

Listing ReadPayments(const Connection& connection, const std::string& body, TimePoint now) {
  Listing listing;
  const auto json = ParseJson(body);
  if (!json || !json->is_object()) return listing;
  const auto items = json->find("items");
  if (items == json->end() || !items->is_array()) return listing;
  listing.known = true;
  for (const auto& item : *items) {
    const auto currency = Currency::Parse(TextAt(item, "currency"));
    const auto amount = IntegerAt(item, "amount_minor");
    if (!currency || !amount) continue;
    auto news = ReadPayment(connection, AttemptId{}, {*amount, *currency}, item.dump(), now);
    if (!news) continue;
    news->about.attempt.reset();
    if (auto id = PaymentId::Parse(TextAt(item, "payment_id"), "payment_id")) news->about.payment = *id;
    for (auto& statement : news->statements) {
      statement.fact.attempt.reset();
      statement.fact.event_key = StateKey(statement.fact);
    }
    news->next_action.reset();
    news->unknown.reset();
    listing.payments.push_back(std::move(*news));
  }
  return listing;
}

std::optional<PspNews> ReadRefund(const Connection& connection, RefundId refund, const Money& asked, const std::string& body,
                                  TimePoint now) {
  const auto json = ParseJson(body);
  if (!json || !json->is_object()) return std::nullopt;
  const auto status = TextAt(*json, "status");
  if (status.empty()) return std::nullopt;
  auto reference = FirstText(*json, {"refund_reference", "id", "refund_id", "reference"});
  if (RefundId::Parse(reference, "")) reference.clear();  // our own id, told back
  auto currency = TextAt(*json, "currency");
  if (currency.empty()) currency = asked.currency.code();
  PspNews news;
  news.connection = connection.name;
  news.statements = {SeenRefund(RefundKind(status, FactKind::kRefundPending), connection, refund, reference,
                                IntegerAt(*json, "amount_minor").value_or(asked.amount_minor), currency,
                                FirstText(*json, {"code", "reason"}), now)};
  return news;
}

std::string PaymentBody(const CreateCall& call) {
  return Json{{"payment_id", call.payment.ToString()},
              {"amount_minor", call.amount.amount_minor},
              {"currency", std::string(call.amount.currency.code())},
              {"return_url", call.return_url}}
      .dump();
}

std::string RefundBody(const RefundCall& call) {
  return Json{{"payment_id", call.payment.ToString()},
              {"refund_id", call.refund.ToString()},
              {"amount_minor", call.amount.amount_minor},
              {"currency", std::string(call.amount.currency.code())}}
      .dump();
}

std::string ErrorCode(const std::string& body) {
  const auto json = ParseJson(body);
  if (!json) return "refused";
  const auto code = FirstText(*json, {"code", "error", "reason"});
  return code.empty() ? "refused" : code;
}

}  // namespace quittance::billing::psp::hmac

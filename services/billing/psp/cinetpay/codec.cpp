// CinetPay's objects. Codes as its pages list them; one that we do not know is pending.
#include "services/billing/psp/cinetpay/codec.h"

#include <algorithm>
#include <array>

#include "common/crypto/hmac.h"
#include "services/billing/psp/amounts.h"
#include "services/billing/psp/cinetpay/signature.h"
#include "services/billing/psp/json.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::cinetpay {
namespace {

constexpr std::string_view kPrefix = "att";
constexpr std::int64_t kStep = 5;

// Codes that come with REFUSED now and then and still are no end: waiting for the customer, or an operator that is away.
constexpr std::array<std::string_view, 6> kWaiting = {"603", "623", "662", "663", "664", "804"};
// Codes that end a transaction.
constexpr std::array<std::string_view, 15> kFailed = {"600", "602", "604", "606", "627", "635", "636", "641",
                                                      "642", "807", "808", "809", "810", "811", "812"};

template <std::size_t N>
bool In(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// Texts and numbers alike: CinetPay sends codes as either.
std::string Code(const Json& json, const char* key) {
  if (const auto number = IntegerAt(json, key)) return std::to_string(*number);
  return TextAt(json, key);
}

std::string Clean(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    if (c != '#' && c != '/' && c != '$' && c != '_' && c != '&') clean += c;
  }
  return clean;
}

std::optional<Statement> Accepted(const Connection& connection, AttemptId attempt, const Json& data, TimePoint now) {
  const auto code = TextAt(data, "currency");
  const auto currency = Currency::Parse(code);
  const auto minor = currency ? FromDecimal(Code(data, "amount"), currency->exponent()) : std::nullopt;
  if (!minor) return std::nullopt;
  return SeenMoney(FactKind::kCaptured, connection, attempt, TransactionId(attempt), *minor, code, now);
}

}  // namespace

const std::vector<std::string_view>& Currencies() {
  static const std::vector<std::string_view> kCurrencies = {"XOF", "XAF", "CDF", "GNF", "USD"};
  return kCurrencies;
}

std::string TransactionId(AttemptId attempt) { return std::string(kPrefix) + attempt.uuid.Hex(); }

std::optional<AttemptId> AttemptOf(std::string_view transaction_id) {
  if (!transaction_id.starts_with(kPrefix)) return std::nullopt;
  const auto uuid = Uuid::Parse(transaction_id.substr(kPrefix.size()));
  return uuid ? std::optional(AttemptId{*uuid}) : std::nullopt;
}

std::optional<std::int64_t> ToWhole(const Money& money) {
  const auto whole = Rescale(money.amount_minor, money.currency.exponent(), 0);
  return whole && *whole % kStep == 0 ? whole : std::nullopt;
}

Event TranslateEvent(const Connection& connection, const std::string& body) {
  Event event;
  const auto fields = ReadForm(body);
  const auto transaction = fields ? fields->find("cpm_trans_id") : decltype(fields->find(""))();
  const auto hash = crypto::Hex(crypto::Sha256(body));
  if (!fields || transaction == fields->end() || transaction->second.empty() || transaction->second.size() > 200) {
    event.kind = Event::Kind::kUnreadable;
    event.id = "sha256:" + hash;
    event.why = "no cpm_trans_id";
    return event;
  }
  // The same bytes are the same notification; all others make us ask, which changes nothing by itself.
  event.id = transaction->second + ":" + hash.substr(0, 16);
  event.type = "notification";
  event.kind = Event::Kind::kAsk;
  event.news.connection = connection.name;
  event.news.about.psp_reference = transaction->second;
  event.news.about.attempt = AttemptOf(transaction->second);
  return event;
}

std::optional<PspNews> ReadInit(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now) {
  const auto json = ParseJson(body);
  const auto url = json ? TextAt(ObjectAt(*json, "data"), "payment_url") : "";
  if (!json || Code(*json, "code") != "201" || url.empty()) return std::nullopt;
  auto news = NewsOf(connection, attempt, TransactionId(attempt));
  news.statements = {Seen(FactKind::kRequiresAction, connection, attempt, TransactionId(attempt), now)};
  news.next_action.emplace();
  news.next_action->redirect_url = url;
  return news;
}

Check ReadCheck(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now) {
  Check check;
  const auto json = ParseJson(body);
  if (!json || !json->is_object()) return check;
  const auto code = Code(*json, "code"), message = TextAt(*json, "message");
  const auto& data = ObjectAt(*json, "data");
  const auto status = TextAt(data, "status");
  if (status.empty() && message.find("NOT_FOUND") != std::string::npos) {
    check.kind = Check::Kind::kNotFound;
    return check;
  }
  if (status.empty() && !In(kWaiting, code) && !In(kFailed, code)) return check;
  check.kind = Check::Kind::kSays;
  check.news = NewsOf(connection, attempt, TransactionId(attempt));
  const auto transaction = TransactionId(attempt);
  if (status == "ACCEPTED" && code == "00") {
    const auto statement = Accepted(connection, attempt, data, now);
    if (!statement) return Check{};
    check.news.statements = {*statement};
  } else if (status == "REFUSED" && !In(kWaiting, code)) {
    check.news.statements = {Seen(FactKind::kDeclined, connection, attempt, transaction, now)};
    check.news.statements.front().fact.code = message.empty() ? code : message;
  } else {
    check.open = true;
    const bool at_operator = code == "664" || code == "603" || code == "804" || status == "ACCEPTED";
    check.news.statements = {Seen(at_operator ? FactKind::kProcessing : FactKind::kRequiresAction, connection, attempt, transaction, now)};
  }
  return check;
}

std::string InitBody(const Connection& connection, const CreateCall& call, std::int64_t whole) {
  Json body = {{"apikey", std::string(connection.api_key.Reveal())},
               {"site_id", std::string(connection.Field("site_id"))},
               {"transaction_id", TransactionId(call.attempt)},
               {"amount", whole},
               {"currency", std::string(call.amount.currency.code())},
               {"description", Clean(call.payment.ToString())},
               {"notify_url", std::string(connection.Field("notify_url"))},
               {"return_url", call.return_url},
               {"channels", "ALL"},
               {"metadata", call.payment.ToString()}};
  if (call.return_url.empty()) body["return_url"] = std::string(connection.Field("notify_url"));
  return body.dump();
}

std::string CheckBody(const Connection& connection, const std::string& transaction_id) {
  return Json{{"apikey", std::string(connection.api_key.Reveal())},
              {"site_id", std::string(connection.Field("site_id"))},
              {"transaction_id", transaction_id}}
      .dump();
}

std::string ErrorCode(const std::string& body) {
  const auto json = ParseJson(body);
  const auto message = json ? TextAt(*json, "message") : "";
  return message.empty() ? "refused" : message;
}

}  // namespace quittance::billing::psp::cinetpay

// Calls to CinetPay. A transaction that may be there is checked before it is opened again, and its id never changes: there is no second one
// while one is open.
#include "services/billing/psp/cinetpay/cinetpay.h"

#include "services/billing/domain/life.h"
#include "services/billing/psp/cinetpay/codec.h"
#include "services/billing/psp/cinetpay/signature.h"

namespace quittance::billing::psp::cinetpay {
namespace {

// A transaction that nobody paid for so long is given up: what comes after all is late money.
constexpr Duration kGivenUpAfter = std::chrono::hours(24);
constexpr std::chrono::milliseconds kAgain{1500};

http::Request Make(const Network& network, const std::string& path, std::string body) {
  http::Request request;
  request.target = "cinetpay";
  request.method = "POST";
  request.url = network.base_url + path;
  request.body = std::move(body);
  request.headers = {{"Content-Type", "application/json"}};
  return request;
}

PspNews Ended(const Connection& connection, const ExistingPayment& payment, FactKind kind, TimePoint now) {
  auto news = NewsOf(connection, payment.attempt, payment.psp_reference);
  news.statements = {Seen(kind, connection, payment.attempt, payment.psp_reference, now)};
  return news;
}

}  // namespace

const Capabilities& CinetPay::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kMobileMoneyLife, .refunds = false, .cancels = false, .currencies = Currencies()};
  return kCapabilities;
}

Result<void> CinetPay::Ready(const Connection& connection) const {
  const bool complete = !network_.base_url.empty() && !connection.api_key.empty() && !connection.Field("site_id").empty() &&
                        !connection.Field("notify_url").empty();
  if (!complete) return Precondition(Reason::kPspNotConfigured, "the connection has no API key, site_id or notify_url");
  return {};
}

PspNews CinetPay::Instructions(const Connection&, const CreateCall&) const { CHECK(false); }

std::optional<Rejection> CinetPay::Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const {
  return cinetpay::Verify(connection, webhook, now);
}

Event CinetPay::Translate(const Connection& connection, const std::string& body) const { return TranslateEvent(connection, body); }

Task<CinetPay::Checked> CinetPay::Check(Exchange& exchange, const Connection& connection, AttemptId attempt) const {
  const auto outcome = co_await exchange.Send(Make(network_, "/v2/payment/check", CheckBody(connection, TransactionId(attempt))));
  Checked checked;
  checked.news = NoAnswer(connection, exchange);
  if (ResultOf(outcome) == CallResult::kUnknown) co_return checked;
  const auto& response = std::get<http::Response>(outcome);
  auto read = ReadCheck(connection, attempt, response.body, exchange.now());
  // Codes and HTTP statuses differ: a 4xx that does not say what it means says nothing about the money.
  checked.answered = read.kind != cinetpay::Check::Kind::kUnreadable || response.status == 404;
  checked.found = read.kind == cinetpay::Check::Kind::kSays;
  checked.open = read.open;
  if (checked.found) {
    checked.news = std::move(read.news);
    checked.news.request_signature = exchange.signature();
  }
  co_return checked;
}

Task<PspNews> CinetPay::Create(Connection connection, CreateCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto whole = ToWhole(call.amount);
  auto problem = AmountProblem(capabilities(), call.amount);
  if (problem.empty() && !whole) problem = "amount_unsupported";
  if (!problem.empty()) co_return DeclinedNews(connection, call.attempt, problem, exchange.now());
  // Called before: what became of that call comes first.
  if (call.since != TimePoint{} && exchange.now() - call.since > Duration(kAgain)) {
    auto checked = co_await Check(exchange, connection, call.attempt);
    if (checked.found || !checked.answered) co_return std::move(checked.news);
  }
  const auto outcome = co_await exchange.Send(Make(network_, "/v2/payment", InitBody(connection, call, *whole)));
  if (ResultOf(outcome) == CallResult::kUnknown) co_return NoAnswer(connection, exchange);
  const auto& body = std::get<http::Response>(outcome).body;
  auto news = ReadInit(connection, call.attempt, body, exchange.now());
  if (!news) {
    // Refused, perhaps because it is there already.
    const auto code = ErrorCode(body);
    auto checked = co_await Check(exchange, connection, call.attempt);
    if (checked.found || !checked.answered) co_return std::move(checked.news);
    news = DeclinedNews(connection, call.attempt, code, exchange.now());
  }
  news->request_signature = exchange.signature();
  co_return *news;
}

Task<PspNews> CinetPay::Query(Connection connection, ExistingPayment payment) const {
  Exchange exchange(network_, connection, payment.key);
  auto checked = co_await Check(exchange, connection, payment.attempt);
  if (checked.answered && !checked.found) co_return Ended(connection, payment, FactKind::kAttemptExpired, exchange.now());
  co_return std::move(checked.news);
}

// CinetPay ends nothing for us. What may still be paid stays open, until it is too old to be.
Task<PspNews> CinetPay::Cancel(Connection connection, ExistingPayment payment) const {
  Exchange exchange(network_, connection, payment.key);
  auto checked = co_await Check(exchange, connection, payment.attempt);
  if (checked.answered && !checked.found) co_return Ended(connection, payment, FactKind::kAttemptCanceled, exchange.now());
  const bool too_old = payment.since != TimePoint{} && exchange.now() - payment.since > kGivenUpAfter;
  if (checked.open && too_old) co_return Ended(connection, payment, FactKind::kAttemptExpired, exchange.now());
  co_return std::move(checked.news);
}

Task<PspNews> CinetPay::Refund(Connection, RefundCall) const { CHECK(false); }

}  // namespace quittance::billing::psp::cinetpay

// Calls to PayPal. Only we move the money of an order: what is not captured is not paid, so that giving an order up needs no call at all.
#include "services/billing/psp/paypal/paypal.h"

#include "services/billing/domain/life.h"
#include "services/billing/psp/paypal/signature.h"

namespace quittance::billing::psp::paypal {
namespace {

constexpr int kUnauthorized = 401;
constexpr int kNotFound = 404;

std::string OrderPath(const std::string& order) { return "/v2/checkout/orders/" + http::PercentEncode(order); }
std::string CaptureKey(AttemptId attempt) { return "capture:" + attempt.ToString(); }

const std::string* BodyOf(const http::Outcome& outcome, CallResult result) {
  return ResultOf(outcome) == result ? &std::get<http::Response>(outcome).body : nullptr;
}

// The order is over, or may be given up: its attempt ends.
PspNews Ended(const Connection& connection, const ExistingPayment& payment, FactKind kind, TimePoint now) {
  auto news = NewsOf(connection, payment.attempt, payment.psp_reference);
  news.statements = {Seen(kind, connection, payment.attempt, payment.psp_reference, now)};
  return news;
}

}  // namespace

const Capabilities& PayPal::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kCardLife,
                                          .approval = true,
                                          .refunds_capture = true,
                                          .lists = true,
                                          .deletes_methods = true,
                                          .signs_time = true,
                                          .key_max = 108,
                                          .currencies = Currencies()};
  return kCapabilities;
}

Result<void> PayPal::Ready(const Connection& connection) const {
  if (network_.base_url.empty() || connection.api_key.empty() || connection.Field("client_id").empty())
    return Precondition(Reason::kPspNotConfigured, "the connection has no client_id or no API key (the client's secret)");
  return {};
}

bool PayPal::Prepared(const RawWebhook& webhook) const {
  const auto url = CertificateUrl(webhook);
  if (!url || certificates_.PinOf(*url) == Certificates::Pin::kRefused) return true;  // nothing to fetch: it will not verify
  return certificates_.Find(*url, network_.clock.Now()).has_value();
}

Task<void> PayPal::Prepare(RawWebhook webhook) const {
  const auto url = CertificateUrl(webhook);
  if (url) co_await certificates_.Fetch(*url);
}

PspNews PayPal::Instructions(const Connection&, const CreateCall&) const { CHECK(false); }

std::optional<Rejection> PayPal::Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const {
  return paypal::Verify(connection, webhook, certificates_, now);
}

Event PayPal::Translate(const Connection& connection, const std::string& body) const { return TranslateEvent(connection, body); }

Task<http::Outcome> PayPal::Send(Exchange& exchange, const Connection& connection, Ask ask) const {
  for (bool first = true;; first = false) {
    auto got = co_await tokens_.Get(exchange, network_, connection);
    if (!got.token) co_return std::move(*got.refusal);
    http::Request request;
    request.target = "paypal";
    request.method = ask.method;
    request.url = network_.base_url + ask.path;
    request.body = ask.body;
    request.headers = {{"Authorization", "Bearer " + std::string(got.token->Reveal())}, {"Prefer", "return=representation"}};
    if (ask.method == "POST") request.headers.push_back({"Content-Type", "application/json"});
    if (!ask.request_id.empty()) request.headers.push_back({"PayPal-Request-Id", ask.request_id});
    auto outcome = co_await exchange.Send(std::move(request));
    const auto* response = std::get_if<http::Response>(&outcome);
    if (!first || response == nullptr || response->status != kUnauthorized) co_return outcome;
    tokens_.Forget(connection);
  }
}

Task<PspNews> PayPal::Create(Connection connection, CreateCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto value = ToValue(call.amount);
  auto problem = AmountProblem(capabilities(), call.amount);
  if (problem.empty() && !value) problem = "amount_unsupported";
  if (!problem.empty()) co_return DeclinedNews(connection, call.attempt, problem, exchange.now());
  Ask ask{"POST", "/v2/checkout/orders", OrderBody(call, *value), call.key};
  const auto outcome = co_await Send(exchange, connection, std::move(ask));
  std::optional<PspNews> news;
  if (const auto* body = BodyOf(outcome, CallResult::kAnswered)) {
    if (auto order = ReadOrder(connection, call.attempt, *body, exchange.now())) news = std::move(order->news);
  }
  if (const auto* body = BodyOf(outcome, CallResult::kRefused))
    news = DeclinedNews(connection, call.attempt, ErrorCode(*body), exchange.now());
  if (!news) co_return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  co_return *news;
}

Task<PayPal::Looked> PayPal::Look(Exchange& exchange, const Connection& connection, const ExistingPayment& payment) const {
  Ask ask{"GET", OrderPath(payment.psp_reference)};
  const auto outcome = co_await Send(exchange, connection, std::move(ask));
  Looked looked{NoAnswer(connection, exchange), std::nullopt};
  if (const auto* body = BodyOf(outcome, CallResult::kAnswered)) {
    looked.order = ReadOrder(connection, payment.attempt, *body, exchange.now());
    if (looked.order) looked.news = looked.order->news;
  }
  // PayPal forgets orders that nobody captured.
  const auto* response = std::get_if<http::Response>(&outcome);
  if (response != nullptr && response->status == kNotFound)
    looked.news = Ended(connection, payment, FactKind::kAttemptExpired, exchange.now());
  looked.news.request_signature = exchange.signature();
  co_return looked;
}

Task<PspNews> PayPal::Query(Connection connection, ExistingPayment payment) const {
  Exchange exchange(network_, connection, payment.key);
  auto looked = co_await Look(exchange, connection, payment);
  co_return std::move(looked.news);
}

// There is nothing to be told to PayPal: an order that we do not capture moves no money.
Task<PspNews> PayPal::Cancel(Connection connection, ExistingPayment payment) const {
  Exchange exchange(network_, connection, payment.key);
  auto looked = co_await Look(exchange, connection, payment);
  if (!looked.order || looked.order->completed) co_return std::move(looked.news);
  auto news = Ended(connection, payment, FactKind::kAttemptCanceled, exchange.now());
  news.request_signature = exchange.signature();
  co_return news;
}

Task<PspNews> PayPal::Advance(Connection connection, ExistingPayment payment) const {
  const auto key = CaptureKey(payment.attempt);
  Exchange exchange(network_, connection, key);
  auto looked = co_await Look(exchange, connection, payment);
  if (!looked.order || !looked.order->approved || looked.order->completed) co_return std::move(looked.news);
  Ask ask{"POST", OrderPath(payment.psp_reference) + "/capture", "{}", key};
  const auto outcome = co_await Send(exchange, connection, std::move(ask));
  std::optional<PspNews> news;
  if (const auto* body = BodyOf(outcome, CallResult::kAnswered)) {
    if (auto order = ReadOrder(connection, payment.attempt, *body, exchange.now())) news = std::move(order->news);
  }
  if (const auto* body = BodyOf(outcome, CallResult::kRefused)) {
    // Captured by a call whose answer was lost, or not approved any more: the order itself says.
    const auto code = ErrorCode(*body);
    if (code == "INSTRUMENT_DECLINED" || code == "TRANSACTION_REFUSED" || code == "PAYER_CANNOT_PAY") {
      news = Ended(connection, payment, FactKind::kDeclined, exchange.now());
      news->statements.front().fact.code = code;
    } else {
      looked = co_await Look(exchange, connection, payment);
      news = std::move(looked.news);
    }
  }
  if (!news) co_return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  co_return *news;
}

Task<PspNews> PayPal::Refund(Connection connection, RefundCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto value = ToValue(call.amount);
  if (!value) co_return RefundDeclined(connection, call, "amount_unsupported", exchange.now());
  if (call.capture.empty()) co_return RefundDeclined(connection, call, "capture_unknown", exchange.now());
  Ask ask{"POST", "/v2/payments/captures/" + http::PercentEncode(call.capture) + "/refund", RefundBody(call, *value), call.key};
  const auto outcome = co_await Send(exchange, connection, std::move(ask));
  std::optional<PspNews> news;
  if (const auto* body = BodyOf(outcome, CallResult::kAnswered)) news = ReadRefund(connection, call.refund, *body, exchange.now());
  if (const auto* body = BodyOf(outcome, CallResult::kRefused)) news = RefundDeclined(connection, call, ErrorCode(*body), exchange.now());
  if (!news) co_return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  co_return *news;
}

// PayPal's own report of transactions: hours behind, 31 days at most a question.
Task<Listing> PayPal::List(Connection connection, ListCall call) const {
  Exchange exchange(network_, connection, "list:" + std::to_string(UnixSeconds(call.since)));
  const auto time = [](TimePoint at) { return http::PercentEncode(FormatRfc3339(FromUnixSeconds(UnixSeconds(at)))); };
  Ask ask{"GET", "/v1/reporting/transactions?fields=transaction_info&page_size=100&start_date=" + time(call.since) +
                     "&end_date=" + time(call.until) + "&page=" + (call.page.empty() ? "1" : http::PercentEncode(call.page))};
  const auto outcome = co_await Send(exchange, connection, std::move(ask));
  const auto* body = BodyOf(outcome, CallResult::kAnswered);
  co_return body == nullptr ? Listing{} : ReadTransactions(connection, *body, exchange.now());
}

Task<Deleted> PayPal::DeletePaymentMethod(Connection connection, MethodCall call) const {
  Exchange exchange(network_, connection, call.key);
  Ask ask{"DELETE", "/v3/vault/payment-tokens/" + http::PercentEncode(call.token), "", call.key};
  const auto outcome = co_await Send(exchange, connection, std::move(ask));
  const auto* response = std::get_if<http::Response>(&outcome);
  const bool gone = response != nullptr && (response->status == kNotFound || (response->status >= 200 && response->status < 300));
  co_return gone ? Deleted::kGone : Deleted::kUnknown;
}

}  // namespace quittance::billing::psp::paypal

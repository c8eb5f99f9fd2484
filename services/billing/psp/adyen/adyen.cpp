// Calls to Adyen. A payment link is the attempt; the payments that are made through it carry references of their own.
#include "services/billing/psp/adyen/adyen.h"

#include "services/billing/domain/life.h"
#include "services/billing/psp/adyen/codec.h"
#include "services/billing/psp/adyen/signature.h"

namespace quittance::billing::psp::adyen {
namespace {

// Live accounts have a host of their own each; the tenant's prefix is letters, digits and dashes, so that it names nothing else.
constexpr std::string_view kTestUrl = "https://checkout-test.adyen.com/v71";
constexpr std::string_view kLiveHost = "-checkout-live.adyenpayments.com/checkout/v71";
constexpr int kNotFound = 404;

std::string LinkPath(const std::string& link) { return "/paymentLinks/" + http::PercentEncode(link); }

PspNews Read(const Connection& connection, AttemptId attempt, const http::Outcome& outcome, const Exchange& exchange) {
  std::optional<PspNews> news;
  if (ResultOf(outcome) == CallResult::kAnswered)
    news = ReadLink(connection, attempt, std::get<http::Response>(outcome).body, exchange.now());
  if (!news) return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  return *news;
}

}  // namespace

const Capabilities& Adyen::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kCardLife, .refunds_capture = true, .deletes_methods = true, .key_max = 64};
  return kCapabilities;
}

Result<void> Adyen::Ready(const Connection& connection) const {
  const bool live = connection.environment == Environment::kLive && network_.base_url == kTestUrl;
  if (network_.base_url.empty() || connection.api_key.empty() || connection.Field("merchant_account").empty())
    return Precondition(Reason::kPspNotConfigured, "the connection has no API key or no merchant_account");
  if (live && connection.Field("live_prefix").empty())
    return Precondition(Reason::kPspNotConfigured, "a live connection needs the live_prefix of its company account");
  return {};
}

PspNews Adyen::Instructions(const Connection&, const CreateCall&) const { CHECK(false); }

std::optional<Rejection> Adyen::Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const {
  return adyen::Verify(connection, webhook, now);
}

Event Adyen::Translate(const Connection& connection, const std::string& body) const { return TranslateEvent(connection, body); }

std::string Adyen::UrlOf(const Connection& connection, const std::string& path) const {
  const auto prefix = connection.Field("live_prefix");
  const bool live = connection.environment == Environment::kLive && network_.base_url == kTestUrl;
  return (live ? "https://" + std::string(prefix) + std::string(kLiveHost) : network_.base_url) + path;
}

http::Request Adyen::Make(const Connection& connection, std::string method, const std::string& path, std::string body) const {
  http::Request request;
  request.target = "adyen";
  request.method = std::move(method);
  request.url = UrlOf(connection, path);
  request.body = std::move(body);
  request.headers = {{"X-API-Key", std::string(connection.api_key.Reveal())}, {"Content-Type", "application/json"}};
  return request;
}

Task<PspNews> Adyen::Create(Connection connection, CreateCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto value = ToAdyenAmount(call.amount);
  if (!value) co_return DeclinedNews(connection, call.attempt, "amount_unsupported", exchange.now());
  auto request = Make(connection, "POST", "/paymentLinks", LinkBody(connection, call, *value));
  const auto outcome = co_await exchange.Send(std::move(request));
  if (ResultOf(outcome) == CallResult::kRefused) {
    auto news = DeclinedNews(connection, call.attempt, ErrorCode(std::get<http::Response>(outcome).body), exchange.now());
    news.request_signature = exchange.signature();
    co_return news;
  }
  co_return Read(connection, call.attempt, outcome, exchange);
}

Task<PspNews> Adyen::Query(Connection connection, ExistingPayment payment) const {
  Exchange exchange(network_, connection, payment.key);
  const auto outcome = co_await exchange.Send(Make(connection, "GET", LinkPath(payment.psp_reference), ""));
  co_return Read(connection, payment.attempt, outcome, exchange);
}

// A link that was ended takes no payment any more. One that is completed or already over cannot be: then it says what it is.
Task<PspNews> Adyen::Cancel(Connection connection, ExistingPayment payment) const {
  Exchange exchange(network_, connection, payment.key);
  auto outcome = co_await exchange.Send(Make(connection, "PATCH", LinkPath(payment.psp_reference), R"({"status":"expired"})"));
  if (ResultOf(outcome) == CallResult::kRefused)
    outcome = co_await exchange.Send(Make(connection, "GET", LinkPath(payment.psp_reference), ""));
  auto news = Read(connection, payment.attempt, outcome, exchange);
  for (auto& statement : news.statements) {
    if (statement.fact.kind == FactKind::kAttemptExpired)
      statement = Seen(FactKind::kAttemptCanceled, connection, payment.attempt, payment.psp_reference, exchange.now());
  }
  co_return news;
}

Task<PspNews> Adyen::Refund(Connection connection, RefundCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto value = ToAdyenAmount(call.amount);
  if (!value) co_return RefundDeclined(connection, call, "amount_unsupported", exchange.now());
  if (call.capture.empty()) co_return RefundDeclined(connection, call, "capture_unknown", exchange.now());
  const auto path = "/payments/" + http::PercentEncode(call.capture) + "/refunds";
  const auto outcome = co_await exchange.Send(Make(connection, "POST", path, RefundBody(connection, call, *value)));
  std::optional<PspNews> news;
  const auto result = ResultOf(outcome);
  if (result == CallResult::kAnswered) news = ReadRefund(connection, call, std::get<http::Response>(outcome).body, exchange.now());
  if (result == CallResult::kRefused)
    news = RefundDeclined(connection, call, ErrorCode(std::get<http::Response>(outcome).body), exchange.now());
  if (!news) co_return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  co_return *news;
}

Task<Deleted> Adyen::DeletePaymentMethod(Connection connection, MethodCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto path = "/storedPaymentMethods/" + http::PercentEncode(call.token) +
                    "?merchantAccount=" + http::PercentEncode(connection.Field("merchant_account")) +
                    "&shopperReference=" + http::PercentEncode(call.customer);
  const auto outcome = co_await exchange.Send(Make(connection, "DELETE", path, ""));
  const auto* response = std::get_if<http::Response>(&outcome);
  const bool gone = response != nullptr && (response->status == kNotFound || (response->status >= 200 && response->status < 300));
  co_return gone ? Deleted::kGone : Deleted::kUnknown;
}

}  // namespace quittance::billing::psp::adyen

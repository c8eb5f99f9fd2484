// Calls to Stripe. What an answer means is the codec's business; here stands only which request is made and what no answer means.
#include "services/billing/psp/stripe/stripe.h"

#include "services/billing/domain/life.h"
#include "services/billing/psp/stripe/codec.h"
#include "services/billing/psp/stripe/signature.h"

namespace quittance::billing::psp::stripe {
namespace {

// Stripe's search is behind what it made by a minute at most; not in its own outages, hence more.
constexpr std::chrono::minutes kSearchLag{5};
constexpr std::string_view kFailedCode = "psp_failed";

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

http::Request Make(const Network& network, const Connection& connection, std::string method, const std::string& path,
                   const Fields& fields) {
  http::Request request;
  request.target = "stripe";
  request.method = std::move(method);
  request.url = network.base_url + path;
  request.timeout = kPspTimeout;
  request.headers = {{"Authorization", "Bearer " + std::string(connection.api_key.Reveal())}, {"Stripe-Version", std::string(kApiVersion)}};
  if (request.method != "GET") {
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
    request.body = http::FormEncode(fields);
  }
  return request;
}

// Stripe keeps the answer of a key also when it was its own failure: the key tells nothing more, ever.
bool IsStoredFailure(const http::Outcome& outcome) {
  const auto* response = std::get_if<http::Response>(&outcome);
  return response != nullptr && response->status >= 500 && response->HeaderValue("idempotent-replayed") == "true";
}

// The answer about a payment; `refused` says what a refusal for good means.
PspNews ReadPayment(const Connection& connection, AttemptId attempt, const http::Outcome& outcome, const Exchange& exchange,
                    bool refusal_declines) {
  const auto result = ResultOf(outcome);
  std::optional<PspNews> news;
  if (result == CallResult::kAnswered) news = ReadIntent(connection, attempt, std::get<http::Response>(outcome).body, exchange.now());
  if (result == CallResult::kRefused) {
    const auto& body = std::get<http::Response>(outcome).body;
    news = ReadIntentInError(connection, attempt, body, exchange.now());
    if (!news && refusal_declines) news = DeclinedNews(connection, attempt, ErrorCode(body), exchange.now());
  }
  if (!news) return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  return *news;
}

}  // namespace

const Capabilities& Stripe::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kCardLife, .lists = true, .deletes_methods = true, .signs_time = true};
  return kCapabilities;
}

Result<void> Stripe::Ready(const Connection& connection) const {
  if (network_.base_url.empty() || connection.api_key.empty())
    return Precondition(Reason::kPspNotConfigured, "the connection has no API key");
  const auto key = connection.api_key.Reveal();
  const bool crossed = (connection.environment == Environment::kTest && key.starts_with("sk_live_")) ||
                       (connection.environment == Environment::kLive && key.starts_with("sk_test_"));
  if (crossed) return Precondition(Reason::kPspNotConfigured, "the API key is not of the connection's environment");
  return {};
}

PspNews Stripe::Instructions(const Connection&, const CreateCall&) const { CHECK(false); }

std::optional<Rejection> Stripe::Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const {
  return stripe::Verify(connection, webhook, now);
}

Event Stripe::Translate(const Connection& connection, const std::string& body) const { return TranslateEvent(connection, body); }

Task<PspNews> Stripe::Create(Connection connection, CreateCall call) const {
  const Fields fields = {{"amount", std::to_string(ToStripeAmount(call.amount))},
                         {"currency", Lower(call.amount.currency.code())},
                         {"automatic_payment_methods[enabled]", "true"},
                         {"metadata[payment_id]", call.payment.ToString()},
                         {"metadata[attempt_id]", call.attempt.ToString()}};
  auto request = Make(network_, connection, "POST", "/v1/payment_intents", fields);
  Exchange exchange(network_, connection, call.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  if (IsStoredFailure(outcome)) {
    auto found = co_await LookUp(exchange, std::move(connection), std::move(call));
    co_return found;
  }
  co_return ReadPayment(connection, call.attempt, outcome, exchange, /*refusal_declines=*/true);
}

// By the metadata we gave it. What Stripe's search does not show once it has caught up was not made, or can never be paid: a
// PaymentIntent's client secret comes with the answer that never came.
Task<PspNews> Stripe::LookUp(const Exchange& create, Connection connection, CreateCall call) const {
  const std::string query = "metadata['attempt_id']:'" + call.attempt.ToString() + "'";
  auto request = Make(network_, connection, "GET", "/v1/payment_intents/search?limit=1&query=" + http::PercentEncode(query), {});
  Exchange search(network_, connection, call.key);
  const auto outcome = co_await search.Send(std::move(request));
  if (ResultOf(outcome) != CallResult::kAnswered) co_return NoAnswer(connection, create);
  const auto found = FirstFound(std::get<http::Response>(outcome).body);
  if (!found || (found->empty() && search.now() - call.since < kSearchLag)) co_return NoAnswer(connection, create);
  std::optional<PspNews> news;
  if (found->empty()) {
    news = DeclinedNews(connection, call.attempt, std::string(kFailedCode), search.now());
  } else {
    news = ReadIntent(connection, call.attempt, *found, search.now());
  }
  if (!news) co_return NoAnswer(connection, create);
  news->request_signature = create.signature();
  co_return *news;
}

Task<PspNews> Stripe::Query(Connection connection, ExistingPayment payment) const {
  auto request = Make(network_, connection, "GET", "/v1/payment_intents/" + http::PercentEncode(payment.psp_reference), {});
  Exchange exchange(network_, connection, payment.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  co_return ReadPayment(connection, payment.attempt, outcome, exchange, /*refusal_declines=*/false);
}

Task<PspNews> Stripe::Cancel(Connection connection, ExistingPayment payment) const {
  auto request = Make(network_, connection, "POST", "/v1/payment_intents/" + http::PercentEncode(payment.psp_reference) + "/cancel", {});
  Exchange exchange(network_, connection, payment.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  co_return ReadPayment(connection, payment.attempt, outcome, exchange, /*refusal_declines=*/false);
}

Task<PspNews> Stripe::Refund(Connection connection, RefundCall call) const {
  const Fields fields = {{"payment_intent", call.psp_reference},
                         {"amount", std::to_string(ToStripeAmount(call.amount))},
                         {"metadata[payment_id]", call.payment.ToString()},
                         {"metadata[refund_id]", call.refund.ToString()}};
  auto request = Make(network_, connection, "POST", "/v1/refunds", fields);
  Exchange exchange(network_, connection, call.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  const auto result = ResultOf(outcome);
  std::optional<PspNews> news;
  if (result == CallResult::kAnswered) news = ReadRefund(connection, call.refund, std::get<http::Response>(outcome).body, exchange.now());
  if (result == CallResult::kRefused)
    news = RefundDeclined(connection, call, ErrorCode(std::get<http::Response>(outcome).body), exchange.now());
  if (!news) co_return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  co_return *news;
}

Task<Listing> Stripe::List(Connection connection, ListCall call) const {
  const std::string from = std::to_string(UnixSeconds(call.since)), to = std::to_string(UnixSeconds(call.until));
  std::string path = "/v1/payment_intents?limit=100&created%5Bgte%5D=" + from + "&created%5Blte%5D=" + to;
  if (!call.page.empty()) path += "&starting_after=" + http::PercentEncode(call.page);
  Exchange exchange(network_, connection, "list:" + from);
  const auto outcome = co_await exchange.Send(Make(network_, connection, "GET", path, {}));
  if (ResultOf(outcome) != CallResult::kAnswered) co_return Listing{};
  co_return ReadIntents(connection, std::get<http::Response>(outcome).body, exchange.now());
}

// Detached from its customer it cannot be charged again; one that is not there any more is gone as well.
Task<Deleted> Stripe::DeletePaymentMethod(Connection connection, MethodCall call) const {
  Exchange exchange(network_, connection, call.key);
  const auto path = "/v1/payment_methods/" + http::PercentEncode(call.token) + "/detach";
  const auto outcome = co_await exchange.Send(Make(network_, connection, "POST", path, {}));
  const auto result = ResultOf(outcome);
  if (result == CallResult::kUnknown) co_return Deleted::kUnknown;
  const auto status = std::get<http::Response>(outcome).status;
  co_return result == CallResult::kAnswered || status == 404 || status == 400 ? Deleted::kGone : Deleted::kUnknown;
}

}  // namespace quittance::billing::psp::stripe

// Calls to the generic HMAC PSP. Its only authentication is our signature: the account is the one whose key made it.
#include "services/billing/psp/hmac/hmac.h"

#include "services/billing/domain/life.h"
#include "services/billing/psp/hmac/codec.h"

namespace quittance::billing::psp::hmac {
namespace {

http::Request Make(const Network& network, std::string method, const std::string& path, std::string body) {
  http::Request request;
  request.target = "hmac";
  request.method = std::move(method);
  request.url = network.base_url + path;
  request.timeout = kPspTimeout;
  request.body = std::move(body);
  request.headers = {{"Content-Type", "application/json"}};
  return request;
}

// Our signature is how this PSP knows the account: no setting turns it off.
Connection Signing(Connection connection) {
  connection.sign_requests = true;
  return connection;
}

std::string PathOf(const std::string& reference) { return "/payments/" + http::PercentEncode(reference); }

PspNews Read(const Connection& connection, AttemptId attempt, const Money& asked, const http::Outcome& outcome, const Exchange& exchange,
             bool refusal_declines) {
  const auto result = ResultOf(outcome);
  std::optional<PspNews> news;
  if (const auto* response = std::get_if<http::Response>(&outcome); response != nullptr && result != CallResult::kUnknown) {
    news = ReadPayment(connection, attempt, asked, response->body, exchange.now());
    if (!news && result == CallResult::kRefused && refusal_declines) {
      news = DeclinedNews(connection, attempt, ErrorCode(response->body), exchange.now());
    }
  }
  if (!news) return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  return *news;
}

}  // namespace

const Capabilities& Hmac::capabilities() const {
  static const Capabilities kCapabilities{.intent_life = kMobileMoneyLife, .lists = true, .signs_time = true};
  return kCapabilities;
}

Result<void> Hmac::Ready(const Connection& connection) const {
  if (network_.base_url.empty()) return Precondition(Reason::kPspNotConfigured, "this platform has no generic HMAC PSP");
  if (OutgoingKey(connection).empty()) return Precondition(Reason::kPspNotConfigured, "the connection has no API key");
  return {};
}

PspNews Hmac::Instructions(const Connection&, const CreateCall&) const { CHECK(false); }

std::optional<Rejection> Hmac::Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const {
  return hmac::Verify(connection, webhook, now);
}

Event Hmac::Translate(const Connection& connection, const std::string& body) const { return TranslateEvent(connection, body); }

Task<PspNews> Hmac::Create(Connection connection, CreateCall call) const {
  auto request = Make(network_, "POST", "/payments", PaymentBody(call));
  const auto signing = Signing(connection);
  Exchange exchange(network_, signing, call.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  co_return Read(connection, call.attempt, call.amount, outcome, exchange, /*refusal_declines=*/true);
}

Task<PspNews> Hmac::Query(Connection connection, ExistingPayment payment) const {
  auto request = Make(network_, "GET", PathOf(payment.psp_reference), "");
  // This PSP wants a key on every call, also where it means nothing.
  request.headers.push_back({"Idempotency-Key", "query:" + payment.attempt.ToString()});
  const auto signing = Signing(connection);
  Exchange exchange(network_, signing, payment.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  co_return Read(connection, payment.attempt, payment.amount, outcome, exchange, /*refusal_declines=*/false);
}

Task<PspNews> Hmac::Cancel(Connection connection, ExistingPayment payment) const {
  auto request = Make(network_, "POST", PathOf(payment.psp_reference) + "/cancel", "{}");
  const auto signing = Signing(connection);
  Exchange exchange(network_, signing, payment.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  co_return Read(connection, payment.attempt, payment.amount, outcome, exchange, /*refusal_declines=*/false);
}

Task<PspNews> Hmac::Refund(Connection connection, RefundCall call) const {
  auto request = Make(network_, "POST", PathOf(call.psp_reference) + "/refunds", RefundBody(call));
  const auto signing = Signing(connection);
  Exchange exchange(network_, signing, call.key);
  const auto outcome = co_await exchange.Send(std::move(request));
  const auto result = ResultOf(outcome);
  std::optional<PspNews> news;
  if (result == CallResult::kAnswered)
    news = ReadRefund(connection, call.refund, call.amount, std::get<http::Response>(outcome).body, exchange.now());
  if (result == CallResult::kRefused)
    news = RefundDeclined(connection, call, ErrorCode(std::get<http::Response>(outcome).body), exchange.now());
  if (!news) co_return NoAnswer(connection, exchange);
  news->request_signature = exchange.signature();
  co_return *news;
}

// Everything since a time, in one answer.
Task<Listing> Hmac::List(Connection connection, ListCall call) const {
  const auto since = std::to_string(UnixSeconds(call.since));
  auto request = Make(network_, "GET", "/payments?since=" + since, "");
  request.headers.push_back({"Idempotency-Key", "list:" + since});
  const auto signing = Signing(connection);
  Exchange exchange(network_, signing, "list:" + since);
  const auto outcome = co_await exchange.Send(std::move(request));
  if (ResultOf(outcome) != CallResult::kAnswered) co_return Listing{};
  co_return ReadPayments(connection, std::get<http::Response>(outcome).body, exchange.now());
}

}  // namespace quittance::billing::psp::hmac

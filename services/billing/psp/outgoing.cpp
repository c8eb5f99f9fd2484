// Outgoing requests. Invariant: a refusal is only what the PSP said for good; everything doubtful is unknown.
#include "services/billing/psp/outgoing.h"

#include <algorithm>
#include <charconv>

#include "common/crypto/hmac.h"
#include "services/billing/domain/life.h"

namespace quittance::billing::psp {
namespace {

constexpr std::chrono::milliseconds kSecondTryNeeds{500};

// The account, without its key: one tenant's outage is not another's.
std::string BreakerName(const Connection& connection) {
  const auto account = crypto::Sha256(OutgoingKey(connection).Reveal());
  return connection.provider + ":" + connection.name + ":" + crypto::Hex(crypto::AsView(account).substr(0, 8));
}

bool NoAnswerCame(const http::Outcome& outcome) {
  const auto* response = std::get_if<http::Response>(&outcome);
  return response == nullptr || response->status >= 500;
}

bool SafeToRepeat(const http::Request& request, const http::Outcome& outcome) {
  if (const auto* failure = std::get_if<http::Failure>(&outcome)) {
    if (failure->kind == http::Failure::Kind::kConnect) return !failure->may_have_acted;
    return request.method == "GET" && failure->kind == http::Failure::Kind::kBroken;
  }
  const int status = std::get<http::Response>(outcome).status;
  return request.method == "GET" && status >= 502 && status <= 504;
}

std::chrono::seconds RetryAfter(const http::Outcome& outcome) {
  const auto* response = std::get_if<http::Response>(&outcome);
  if (response == nullptr || (response->status != 429 && response->status != 503)) return std::chrono::seconds(0);
  const auto text = response->HeaderValue("retry-after");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(std::max(seconds, 0));
}

}  // namespace

const Secret& OutgoingKey(const Connection& connection) {
  if (connection.api_key.empty() && !connection.webhook_secrets.empty()) return connection.webhook_secrets.front().bytes;
  return connection.api_key;
}

std::string Sign(http::Request& request, const Connection& connection, const std::string& key, TimePoint now) {
  if (request.method != "GET") request.headers.push_back({"Idempotency-Key", key});
  request.headers.push_back({"X-Request-Id", key});
  if (!connection.sign_requests) return "";
  const auto signed_as = SignOutgoing(OutgoingKey(connection), request.body, now);
  request.headers.push_back({"X-Timestamp", signed_as.timestamp});
  request.headers.push_back({"X-Signature", signed_as.signature});
  return signed_as.timestamp + " " + signed_as.signature;
}

Exchange::Exchange(const Network& network, const Connection& connection, std::string key)
    : network_(network),
      connection_(connection),
      key_(std::move(key)),
      breaker_(BreakerName(connection)),
      now_(network.clock.Now()),
      deadline_(std::chrono::steady_clock::now() + kPspTimeout) {}

std::chrono::milliseconds Exchange::Left() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
}

Task<http::Outcome> Exchange::Send(http::Request request) {
  signature_ = Sign(request, connection_, key_, now_);
  for (bool first = true;; first = false) {
    const auto left = Left();
    if (left.count() <= 0) co_return http::Failure{http::Failure::Kind::kTimeout, !first, "the call's time is over"};
    if (!network_.breakers->Allows(breaker_, std::chrono::steady_clock::now()))
      co_return http::Failure{http::Failure::Kind::kConnect, !first, "the connection's circuit is open"};
    sent_ = true;
    request.timeout = left;
    http::Request one = request;
    auto outcome = co_await network_.client.Send(std::move(one));
    const auto pause = RetryAfter(outcome);
    if (NoAnswerCame(outcome) || pause.count() > 0) {
      network_.breakers->Failed(breaker_, std::chrono::steady_clock::now(), pause);
    } else {
      network_.breakers->Answered(breaker_);
    }
    if (!first || !SafeToRepeat(request, outcome) || Left() < kSecondTryNeeds) co_return outcome;
  }
}

CallResult ResultOf(const http::Outcome& outcome) {
  const auto* response = std::get_if<http::Response>(&outcome);
  if (response == nullptr) return CallResult::kUnknown;
  if (response->status >= 200 && response->status < 300) return CallResult::kAnswered;
  if (response->HeaderValue("stripe-should-retry") == "true") return CallResult::kUnknown;
  const bool again = response->status == 408 || response->status == 409 || response->status == 425 || response->status == 429;
  return response->status >= 400 && response->status < 500 && !again ? CallResult::kRefused : CallResult::kUnknown;
}

std::string AmountProblem(const Capabilities& capabilities, const Money& amount) {
  const auto& known = capabilities.currencies;
  if (!known.empty() && std::find(known.begin(), known.end(), amount.currency.code()) == known.end()) return "currency_unsupported";
  return amount.amount_minor % capabilities.amount_step == 0 ? "" : "amount_unsupported";
}

PspNews DeclinedNews(const Connection& connection, AttemptId attempt, std::string code, TimePoint now) {
  PspNews news;
  news.connection = connection.name;
  news.about.attempt = attempt;
  news.unknown = false;
  news.statements = {Seen(FactKind::kDeclined, connection, attempt, "", now)};
  news.statements.front().fact.code = std::move(code);
  return news;
}

PspNews RefundDeclined(const Connection& connection, const RefundCall& call, std::string code, TimePoint now) {
  PspNews news;
  news.connection = connection.name;
  news.statements = {SeenRefund(FactKind::kRefundFailed, connection, call.refund, "", call.amount.amount_minor,
                                std::string(call.amount.currency.code()), std::move(code), now)};
  return news;
}

PspNews NewsOf(const Connection& connection, AttemptId attempt, std::string psp_reference) {
  PspNews news;
  news.connection = connection.name;
  news.about.attempt = attempt;
  news.about.psp_reference = std::move(psp_reference);
  news.unknown = false;
  return news;
}

PspNews NoAnswer(const Connection& connection, const Exchange& exchange) {
  PspNews news;
  news.connection = connection.name;
  news.unknown = true;
  news.asked = exchange.sent();
  if (news.asked) news.request_signature = exchange.signature();
  return news;
}

Statement Seen(FactKind kind, const Connection& connection, AttemptId attempt, std::string object, TimePoint now) {
  return SeenMoney(kind, connection, attempt, std::move(object), 0, "", now);
}

Statement SeenMoney(FactKind kind, const Connection& connection, AttemptId attempt, std::string object, std::int64_t minor,
                    std::string currency, TimePoint now) {
  Statement statement;
  statement.fact.kind = kind;
  statement.fact.attempt = attempt;
  statement.fact.connection = connection.name;
  statement.fact.object = std::move(object);
  statement.fact.amount_minor = minor;
  statement.fact.currency = std::move(currency);
  statement.fact.psp_time = now;
  statement.fact.event_key = StateKey(statement.fact);
  return statement;
}

Statement SeenRefund(FactKind kind, const Connection& connection, RefundId refund, std::string psp_refund, std::int64_t minor,
                     std::string currency, std::string code, TimePoint now) {
  Statement statement;
  statement.refund = refund;
  statement.psp_refund = std::move(psp_refund);
  statement.fact.kind = kind;
  statement.fact.connection = connection.name;
  statement.fact.object = refund.ToString();
  statement.fact.amount_minor = minor;
  statement.fact.currency = std::move(currency);
  statement.fact.psp_time = now;
  statement.fact.code = std::move(code);
  statement.fact.event_key = StateKey(statement.fact);
  return statement;
}

}  // namespace quittance::billing::psp

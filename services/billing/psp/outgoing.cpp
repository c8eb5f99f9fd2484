// Outgoing requests. Invariant: a refusal is only what the PSP said for good; everything doubtful is unknown.
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp {

const Secret& OutgoingKey(const Connection& connection) {
  if (connection.api_key.empty() && !connection.webhook_secrets.empty()) return connection.webhook_secrets.front().bytes;
  return connection.api_key;
}

std::string Sign(http::Request& request, const Connection& connection, const std::string& key, TimePoint now) {
  const auto signed_as = SignOutgoing(OutgoingKey(connection), request.body, now);
  if (request.method != "GET") request.headers.push_back({"Idempotency-Key", key});
  request.headers.push_back({"X-Request-Id", key});
  request.headers.push_back({"X-Timestamp", signed_as.timestamp});
  request.headers.push_back({"X-Signature", signed_as.signature});
  return signed_as.timestamp + " " + signed_as.signature;
}

CallResult ResultOf(const http::Outcome& outcome) {
  const auto* response = std::get_if<http::Response>(&outcome);
  if (response == nullptr) return CallResult::kUnknown;
  if (response->status >= 200 && response->status < 300) return CallResult::kAnswered;
  if (response->HeaderValue("stripe-should-retry") == "true") return CallResult::kUnknown;
  const bool again = response->status == 408 || response->status == 409 || response->status == 425 || response->status == 429;
  return response->status >= 400 && response->status < 500 && !again ? CallResult::kRefused : CallResult::kUnknown;
}

PspNews NoAnswer(const Connection& connection, std::string signature) {
  PspNews news;
  news.connection = connection.name;
  news.unknown = true;
  news.request_signature = std::move(signature);
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

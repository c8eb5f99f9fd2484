// Every request to a PSP carries our stored key and our signature, whatever else that PSP asks for (PAY-05).
#pragma once

#include "common/core/clock.h"
#include "common/http/client.h"
#include "services/billing/psp/breaker.h"
#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp {

// What an adapter needs to call its PSP.
struct Network {
  http::Client& client;
  const Clock& clock;
  std::string base_url;  // without a slash at the end; empty: this PSP is not configured on this platform
  std::shared_ptr<Breakers> breakers = std::make_shared<Breakers>();
};

// The key our requests are signed with: the account's API key, or its newest webhook secret where it has none.
const Secret& OutgoingKey(const Connection& connection);

// Adds Idempotency-Key (not on a GET), X-Request-Id, X-Timestamp and X-Signature; returns the signature, which is stored with the attempt.
// A connection that does not sign its requests (psp.*.sign_requests off) sends the first two only, and has none to store.
std::string Sign(http::Request& request, const Connection& connection, const std::string& key, TimePoint now);

// One call of the port: its requests share one deadline and the connection's circuit breaker, and each carries key and signature.
// A request is sent a second time only where that is safe: it surely never left, or it is a GET.
class Exchange {
 public:
  Exchange(const Network& network, const Connection& connection, std::string key);

  Task<http::Outcome> Send(http::Request request);
  TimePoint now() const { return now_; }
  // Of the last request.
  const std::string& signature() const { return signature_; }
  bool sent() const { return sent_; }  // any of its requests; with an open circuit none is

 private:
  std::chrono::milliseconds Left() const;

  const Network& network_;
  const Connection& connection_;
  const std::string key_;
  const std::string breaker_;
  const TimePoint now_;
  const SteadyTime deadline_;
  std::string signature_;
  bool sent_ = false;
};

// What a call came to, for every PSP alike.
enum class CallResult {
  kAnswered,  // 2xx
  kRefused,   // the PSP says no, for good: nothing happened there
  kUnknown,   // no answer, 409, 429, 5xx: it may have happened, ask again with the same key
};
CallResult ResultOf(const http::Outcome& outcome);

// Why this PSP cannot be asked for this amount ("currency_unsupported", "amount_unsupported"); empty: it can.
std::string AmountProblem(const Capabilities& capabilities, const Money& amount);

// News of an attempt that the PSP knows by this reference; the statements are yet to come.
PspNews NewsOf(const Connection& connection, AttemptId attempt, std::string psp_reference);
// Nothing is open at the PSP for this attempt.
PspNews DeclinedNews(const Connection& connection, AttemptId attempt, std::string code, TimePoint now);
// The PSP says no to our refund.
PspNews RefundDeclined(const Connection& connection, const RefundCall& call, std::string code, TimePoint now);

// News that only says: no answer came, or nobody was asked.
PspNews NoAnswer(const Connection& connection, const Exchange& exchange);

// A fact read from an answer; its key is made of the state, so that the same state seen twice is one fact.
Statement Seen(FactKind kind, const Connection& connection, AttemptId attempt, std::string object, TimePoint now);
Statement SeenMoney(FactKind kind, const Connection& connection, AttemptId attempt, std::string object, std::int64_t minor,
                    std::string currency, TimePoint now);
// A fact about our refund.
Statement SeenRefund(FactKind kind, const Connection& connection, RefundId refund, std::string psp_refund, std::int64_t minor,
                     std::string currency, std::string code, TimePoint now);

}  // namespace quittance::billing::psp

// Every request to a PSP carries our stored key and our signature, whatever else that PSP asks for (PAY-05).
#pragma once

#include "common/core/clock.h"
#include "common/http/client.h"
#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp {

// What an adapter needs to call its PSP.
struct Network {
  http::Client& client;
  const Clock& clock;
  std::string base_url;  // without a slash at the end; empty: this PSP is not configured on this platform
};

// The key our requests are signed with: the account's API key, or its newest webhook secret where it has none.
const Secret& OutgoingKey(const Connection& connection);

// Adds Idempotency-Key (not on a GET), X-Request-Id, X-Timestamp and X-Signature; returns the signature, which is stored with the attempt.
std::string Sign(http::Request& request, const Connection& connection, const std::string& key, TimePoint now);

// What a call came to, for every PSP alike.
enum class CallResult {
  kAnswered,  // 2xx
  kRefused,   // the PSP says no, for good: nothing happened there
  kUnknown,   // no answer, 409, 429, 5xx: it may have happened, ask again with the same key
};
CallResult ResultOf(const http::Outcome& outcome);

// News that only says: no answer came.
PspNews NoAnswer(const Connection& connection, std::string signature);

// A fact read from an answer; its key is made of the state, so that the same state seen twice is one fact.
Statement Seen(FactKind kind, const Connection& connection, AttemptId attempt, std::string object, TimePoint now);
Statement SeenMoney(FactKind kind, const Connection& connection, AttemptId attempt, std::string object, std::int64_t minor,
                    std::string currency, TimePoint now);
// A fact about our refund.
Statement SeenRefund(FactKind kind, const Connection& connection, RefundId refund, std::string psp_refund, std::int64_t minor,
                     std::string currency, std::string code, TimePoint now);

}  // namespace quittance::billing::psp

// What the sandbox's networks have in common: accounts, the clock, what was called, what money moved, what mail came.
// Invariant: everything here and in the networks runs on one thread (sandbox.h), so nothing is locked.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/core/clock.h"
#include "common/http/server.h"
#include "tests/sandbox/faults.h"

namespace quittance::sandbox {

using Json = nlohmann::json;

inline constexpr std::size_t kRowsMax = 200'000;  // of each listing; the oldest go

// A tenant's account at a PSP. Found by psp and api_key.
struct Account {
  std::string psp;
  std::string api_key;
  std::string webhook_url;
  std::vector<std::string> secrets;
  std::string basic_auth = {};  // user:password of the webhook's endpoint, where the PSP sends one
  std::string signature = {};   // hmac: "standard" for Standard Webhooks
};

struct Call {
  TimePoint at;
  std::string target;
  std::string method;
  std::string path;  // with the query
  std::vector<http::Header> headers;
  std::string body;
  int status = 0;  // 0: no answer (yet)
};

// Money that moved.
struct Charge {
  std::string psp;
  std::string reference;   // of the payment, at the PSP
  std::string id;          // of the charge, refund or dispute, at the PSP
  std::string payment_id;  // ours, as the PSP was told
  std::string kind;        // capture, refund, dispute
  std::int64_t amount_minor;
  std::string currency;
  TimePoint at;
};

struct Mail {
  std::string to;
  std::string from;
  std::string subject;
  std::string text;
  std::string html;
  std::string message_id;
  std::vector<http::Header> headers;
  TimePoint at;
};

template <class Row>
void Keep(std::deque<Row>& rows, Row row) {
  rows.push_back(std::move(row));
  if (rows.size() > kRowsMax) rows.pop_front();
}

struct State {
  explicit State(const Clock& the_clock) : clock(the_clock) {}

  const Clock& clock;
  Faults faults = {};
  std::deque<Account> accounts = {};  // addresses stay
  std::deque<std::shared_ptr<Call>> calls = {};
  std::deque<Charge> charges = {};
  std::deque<Mail> mails = {};
  std::string http_address = {};  // host:port, once it listens
  bool stopping = false;

  std::int64_t NowSeconds() const { return UnixSeconds(clock.Now()); }
  Account* FindAccount(std::string_view psp, std::string_view api_key);
  std::shared_ptr<Call> Record(std::string target, const http::ServerRequest& request);
  // Sleeps, but not longer than the sandbox lives.
  Task<void> Pause(std::chrono::milliseconds duration);
};

// `prefix` and 24 letters and digits.
std::string NewReference(std::string_view prefix);

inline constexpr std::size_t kBodyMax = 64 * 1024;  // of a call

http::ServerResponse JsonAnswer(int status, const Json& body);
// A control route's refusal.
http::ServerResponse Refuse(int status, const std::string& why);
// nullopt unless the text is one JSON object.
std::optional<Json> ParseObject(const std::string& text);
// The text at `key`; "" if it is missing or no text.
std::string TextAt(const Json& object, const std::string& key);
// A control route's `amount_minor`: `fallback` where it is not named, nullopt if it is no positive integer.
std::optional<std::int64_t> AmountOf(const Json& command, std::int64_t fallback);

}  // namespace quittance::sandbox

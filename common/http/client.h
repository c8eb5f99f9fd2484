// Outgoing HTTP on one curl_multi thread: connection reuse, HTTP/2, deadlines. Invariant: an answer is an Outcome, never an exception: what
// the caller must know is whether the other side may have acted. TLS is verified, redirects are not followed, answers are capped, and one
// Send is one request on the wire: libcurl's silent second try on a dead connection is allowed to GET and HEAD only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/async/task.h"
#include "common/metrics/registry.h"

namespace quittance::http {

struct Header {
  std::string name;
  std::string value;
};

struct Request {
  std::string target;  // metric label: stripe, telegram, …
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout{10'000};
  // Where somebody else names the URL: connects to public addresses alone, whatever a name leads to by then, and past any proxy, which
  // would look the name up again.
  bool public_only = false;
};

inline constexpr std::size_t kAnswerBytesMax = 4 * 1024 * 1024;

struct Response {
  int status;
  std::vector<Header> headers;
  std::string body;

  std::string_view HeaderValue(std::string_view lower_case_name) const;  // empty if missing
};

struct Failure {
  enum class Kind { kConnect, kTimeout, kBroken, kTooLarge, kTls };
  Kind kind;
  bool may_have_acted;  // false only when the request surely never left (connect, TLS)
  std::string what;     // without URL query, body and headers
};

using Outcome = std::variant<Response, Failure>;

class Client {
 public:
  explicit Client(metrics::Registry& metrics);  // which outlives every call
  ~Client();                                    // calls under way end kBroken; their callers may be resumed afterwards
  Task<Outcome> Send(Request request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// application/x-www-form-urlencoded
using FormFields = std::vector<std::pair<std::string, std::string>>;
std::string FormEncode(const FormFields& fields);
std::optional<FormFields> FormDecode(std::string_view text);  // in order, repeated ones repeated; nullopt if an escape is broken
std::string PercentEncode(std::string_view text);
std::optional<std::string> PercentDecode(std::string_view text);  // strict: % and two hexadecimal digits, `+` stays

}  // namespace quittance::http

// The body of client.h; the invariant it keeps stands there.
#include "common/http/client.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>

#include "common/async/executor.h"
#include "common/core/check.h"
#include "common/core/text.h"
#include "common/http/addresses.h"
#include "common/http/curl_loop.h"

namespace quittance::http {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{5000};
constexpr std::size_t kAnswerHeaderBytesMax = 64 * 1024;

using Complete = std::function<void(async::Outcome<Outcome>)>;

struct Transfer {
  explicit Transfer(Request r) : request(std::move(r)) {}
  ~Transfer() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
  }
  Transfer(const Transfer&) = delete;

  Request request;
  CURL* easy = curl_easy_init();
  curl_slist* headers = nullptr;
  Response response{};
  std::size_t header_bytes = 0;
  bool too_large = false;
  int sends = 0;  // requests put on the wire
};

bool IsSafe(const std::string& method) { return method == "GET" || method == "HEAD"; }

std::size_t OnBody(char* data, std::size_t, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.response.body.size() + count > kAnswerBytesMax) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, count);
  return count;
}

std::size_t OnHeader(char* data, std::size_t, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, count);
  transfer.header_bytes += count;
  if (transfer.header_bytes > kAnswerHeaderBytesMax) {
    transfer.too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) transfer.response.headers.clear();  // 100 Continue came before
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  transfer.response.headers.push_back({std::move(name), std::string(value)});
  return count;
}

// libcurl repeats a request by itself when a kept connection turns out dead. The first one may have been acted on, so only GET and HEAD
// may.
int BeforeRequest(void* user, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.sends += 1;
  return transfer.sends > 1 && !IsSafe(transfer.request.method) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// Asked with the address that a name has led to, at the moment of connecting: a name that leads elsewhere a second later gains nothing.
curl_socket_t OpenPublicSocket(void*, curlsocktype, curl_sockaddr* address) {
  if (!IsPublicAddress(address->addr)) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

bool AddHeaders(Transfer& transfer) {
  bool has_content_type = false;
  for (const Header& header : transfer.request.headers) {
    const std::string line = header.value.empty() ? header.name + ";" : header.name + ": " + header.value;
    if (BreaksLine(line)) return false;
    has_content_type = has_content_type || curl_strequal(header.name.c_str(), "content-type");
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  }
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  if (!has_content_type) transfer.headers = curl_slist_append(transfer.headers, "Content-Type:");  // libcurl would call any body a form
  return true;
}

// A proxy of the environment is for the outside; loopback never goes through it.
bool IsLoopback(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return false;
  const std::string_view host = std::string_view(url).substr(scheme + 3);
  return host.starts_with("127.") || host.starts_with("localhost:") || host.starts_with("localhost/") || host.starts_with("[::1]");
}

void Configure(Transfer& transfer) {
  const Request& request = transfer.request;
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(request.timeout, kConnectTimeout).count()));
  if (IsLoopback(request.url)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (request.public_only) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &OpenPublicSocket);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);  // not one that was opened without the question
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &BeforeRequest);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer);
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method != "GET" || !request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

Failure::Kind KindOf(CURLcode code, const Transfer& transfer) {
  if (transfer.too_large) return Failure::Kind::kTooLarge;
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Failure::Kind::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
      return Failure::Kind::kTls;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::Kind::kTimeout;
    default:
      return Failure::Kind::kBroken;
  }
}

Outcome OutcomeOf(CURLcode code, Transfer& transfer) {
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    return std::move(transfer.response);
  }
  // Whatever its name, an error before the request was about to be put on the wire cannot have had an effect; any later one can.
  return Failure{.kind = KindOf(code, transfer), .may_have_acted = transfer.sends > 0, .what = curl_easy_strerror(code)};
}

std::string LabelOf(const Outcome& outcome) {
  if (const auto* response = std::get_if<Response>(&outcome)) return std::to_string(response->status / 100) + "xx";
  switch (std::get<Failure>(outcome).kind) {
    case Failure::Kind::kConnect:
      return "connect";
    case Failure::Kind::kTimeout:
      return "timeout";
    case Failure::Kind::kBroken:
      return "broken";
    case Failure::Kind::kTooLarge:
      return "too_large";
    case Failure::Kind::kTls:
      return "tls";
  }
  return "broken";
}

Outcome NotSent(std::string why) { return Failure{.kind = Failure::Kind::kConnect, .may_have_acted = false, .what = std::move(why)}; }

void Start(CurlLoop& loop, Request request, Complete complete) {
  auto transfer = std::make_shared<Transfer>(std::move(request));
  CHECK(transfer->easy != nullptr);
  if (!AddHeaders(*transfer)) return complete({{}, NotSent("a header holds a line break")});
  Configure(*transfer);
  const bool taken = loop.Submit(transfer->easy, [transfer, complete](CURLcode code) { complete({{}, OutcomeOf(code, *transfer)}); });
  if (!taken) complete({{}, NotSent("too many calls wait")});
}

}  // namespace

std::string_view Response::HeaderValue(std::string_view lower_case_name) const {
  for (const Header& header : headers) {
    if (header.name == lower_case_name) return header.value;
  }
  return {};
}

struct Client::Impl {
  explicit Impl(metrics::Registry& m) : metrics(m) {}
  metrics::Registry& metrics;
  CurlLoop loop;
};

Client::Client(metrics::Registry& metrics) : impl_(std::make_unique<Impl>(metrics)) {}
Client::~Client() = default;

Task<Outcome> Client::Send(Request request) {
  const auto started = std::chrono::steady_clock::now();
  const std::string target = request.target;
  metrics::Registry& metrics = impl_->metrics;  // this client may be gone when its end has broken the call
  std::function<void(Complete)> start = [&](Complete complete) { Start(impl_->loop, std::move(request), std::move(complete)); };
  Outcome outcome = co_await async::Suspend<Outcome>(start);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  metrics.GetHistogram("quittance_http_client_seconds", "Outgoing HTTP calls.", {{"target", target}, {"outcome", LabelOf(outcome)}})
      .Observe(took.count());
  co_return outcome;
}

}  // namespace quittance::http

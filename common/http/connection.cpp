// The body of connection.h; the invariant it keeps stands there.
#include "common/http/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <ctime>

#include "common/core/fault.h"
#include "common/core/text.h"
#include "common/log/log.h"

namespace quittance::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::system::error_code;
using Parser = wire::request_parser<wire::string_body>;
using Fields = wire::request<wire::string_body>;

constexpr std::chrono::seconds kWriteTimeout{10};
constexpr std::chrono::seconds kLingerTimeout{2};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

auto Into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string_view View(boost::core::string_view text) { return {text.data(), text.size()}; }

// What a reader's error deserves; 0: the peer is gone or too slow, and nothing is answered.
int StatusOf(const error_code& ec) {
  if (ec == wire::error::header_limit || ec == wire::error::buffer_overflow) return 431;
  if (ec == wire::error::body_limit) return 413;
  if (ec == wire::error::end_of_stream || ec == wire::error::partial_message) return 0;
  return ec.category() == make_error_code(wire::error::bad_method).category() ? 400 : 0;
}

ServerResponse Refusal(int status) {
  ServerResponse answer;
  answer.status = status;
  answer.body = std::string(View(wire::obsolete_reason(static_cast<wire::status>(status)))) + "\n";
  return answer;
}

// RFC 9112 §6.3 and §3.2: one length, chunked or nothing, one Host. All else is how requests are smuggled.
bool FramingIsPlain(const Fields& fields) {
  const auto lengths = fields.count(wire::field::content_length);
  const auto encodings = fields.count(wire::field::transfer_encoding);
  if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1)) return false;
  if (encodings == 1 && Lower(View(fields[wire::field::transfer_encoding])) != "chunked") return false;
  if (encodings == 1 && fields.version() < 11) return false;
  const auto hosts = fields.count(wire::field::host);
  return hosts == 1 || (hosts == 0 && fields.version() < 11);
}

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

template <class Message>
void PutHeaders(Message& message, const ServerResponse& answer, const ServerOptions& options) {
  message.set(wire::field::date, HttpDate());
  for (const Header& header : options.headers) message.set(header.name, header.value);
  for (const Header& header : answer.headers) {
    if (!BreaksLine(header.value)) message.set(header.name, header.value);
  }
  if (answer.status != 204 && answer.status != 304 && !BreaksLine(answer.content_type))
    message.set(wire::field::content_type, answer.content_type);
}

}  // namespace

// One request and what is known of it before its answer.
struct Connection::Exchange {
  bool gone = false;  // the peer left or was too slow: nothing is answered
  int refusal = 0;    // 0: the route's handler answers
  bool head = false;
  bool keep_alive = false;
  RouteMatch match;
  ServerRequest request;

  std::string RouteLabel() const { return match.route ? match.route->path : "none"; }

  void Fail(const error_code& ec) {
    refusal = StatusOf(ec);
    gone = refusal == 0;
    keep_alive = false;
  }

  // The decision on a request's header, before any byte of its body is taken. A refused request with a body ends the connection: where its
  // body ends is not worth reading for.
  void Judge(const Parser& parser, const RouteTable& table) {
    const Fields& fields = parser.get();
    match = table.Find(View(fields.method_string()), View(fields.target()));
    head = fields.method() == wire::verb::head;
    const auto announced = parser.content_length();
    const std::uint64_t length = announced ? *announced : 0;
    const bool has_body = parser.chunked() || length > 0;
    refusal = Refuse(fields, has_body, length);
    keep_alive = fields.keep_alive() && refusal != 400 && (refusal == 0 || !has_body);
  }

  int Refuse(const Fields& fields, bool has_body, std::uint64_t length) const {
    if (!FramingIsPlain(fields) || match.kind == RouteMatch::Kind::kMalformed) return 400;
    if (match.kind == RouteMatch::Kind::kNoPath) return 404;
    if (match.kind == RouteMatch::Kind::kNoMethod) return 405;
    if (match.route->body_max > 0 && fields.count(wire::field::content_encoding) > 0) return 415;
    if (length > match.route->body_max || (has_body && match.route->body_max == 0)) return 413;
    return 0;
  }

  void Take(Fields message, const std::string& remote_address) {
    request.method = std::string(View(message.method_string()));
    request.path = std::move(match.path);
    request.query = std::move(match.query);
    request.body = std::move(message.body());
    request.remote_address = remote_address;
    request.path_parameters = std::move(match.parameters);
    for (const auto& field : message) request.headers.push_back({Lower(View(field.name_string())), std::string(View(field.value()))});
  }
};

Connection::Connection(asio::ip::tcp::socket socket, std::shared_ptr<ServerShared> shared)
    : stream_(std::move(socket)), buffer_(4 * kRequestHeaderBytesMax), shared_(std::move(shared)) {
  shared_->connections += 1;
  error_code ec;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ec);
  const auto endpoint = stream_.socket().remote_endpoint(ec);
  if (ec) return;
  const asio::ip::address address = endpoint.address();
  remote_address_ = address.is_v6() && address.to_v6().is_v4_mapped()
                        ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
                        : address.to_string();
}

Connection::~Connection() { shared_->connections -= 1; }

Task<void> Connection::Run() {
  while (true) {
    const bool arrived = co_await AwaitRequest();
    if (!arrived) break;
    const bool again = co_await ServeOne();
    if (!again) break;
  }
  co_await CloseGently();
}

// Waits for the first byte of the next request: `idle_timeout` between requests, `read_timeout` on a connection that never said anything.
Task<bool> Connection::AwaitRequest() {
  if (buffer_.size() > 0) co_return true;
  if (shared_->draining) co_return false;
  stream_.expires_after(first_ ? shared_->options.read_timeout : shared_->options.idle_timeout);
  idle_ = true;
  error_code ec;
  const std::size_t count = co_await stream_.async_read_some(buffer_.prepare(4096), Into(ec));
  idle_ = false;
  buffer_.commit(count);
  co_return !ec;
}

Task<bool> Connection::ServeOne() {
  first_ = false;
  const auto started = std::chrono::steady_clock::now();
  Exchange exchange;
  co_await Read(exchange);
  if (exchange.gone) co_return false;
  ServerResponse answer = co_await Answer(exchange);

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  const metrics::Labels labels{{"server", shared_->options.name}, {"route", exchange.RouteLabel()}};
  metrics::Labels with_status = labels;
  with_status["status"] = std::to_string(answer.status);
  shared_->metrics.GetCounter("quittance_http_requests_total", "HTTP requests answered.", with_status).Add();
  shared_->metrics.GetHistogram("quittance_http_request_seconds", "HTTP requests, from the first byte to the answer.", labels)
      .Observe(took.count());

  if (answer.drop) {
    Reset();
    co_return false;
  }
  const bool keep_alive = exchange.keep_alive && !shared_->draining;
  peer_may_be_sending_ = exchange.refusal != 0 && !keep_alive;
  const bool written = co_await Write(std::move(answer), exchange.head, keep_alive);
  co_return written&& keep_alive;
}

// Header, judgement, body; all of it within one read timeout, however slowly the bytes come.
Task<void> Connection::Read(Exchange& exchange) {
  Parser parser;
  parser.header_limit(kRequestHeaderBytesMax);
  parser.body_limit(boost::none);  // judged by route
  stream_.expires_after(shared_->options.read_timeout);

  error_code ec;
  std::size_t header_bytes = 0;  // Beast's own limit starts again with each field
  while (!ec && !parser.is_header_done()) {
    const std::size_t count = co_await wire::async_read_some(stream_, buffer_, parser, Into(ec));
    header_bytes += count;
    if (!ec && header_bytes > kRequestHeaderBytesMax) ec = wire::error::header_limit;
  }
  if (ec) {
    exchange.Fail(ec);
    co_return;
  }
  exchange.Judge(parser, shared_->table);
  if (exchange.refusal != 0) co_return;

  if (!parser.is_done()) {
    if (Lower(View(parser.get()[wire::field::expect])) == "100-continue") {
      co_await asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()), Into(ec));
    }
    parser.body_limit(exchange.match.route->body_max);  // counts chunks
    if (!ec) co_await wire::async_read(stream_, buffer_, parser, Into(ec));
    if (ec) {
      exchange.Fail(ec);
      co_return;
    }
  }
  exchange.Take(parser.release(), remote_address_);
}

Task<ServerResponse> Connection::Answer(Exchange& exchange) {
  if (exchange.refusal != 0) {
    ServerResponse refusal = Refusal(exchange.refusal);
    if (exchange.refusal == 405) refusal.headers.push_back({"Allow", exchange.match.allow});
    co_return refusal;
  }
  ServerResponse answer;
  std::string fault;
  try {
    answer = co_await exchange.match.route->handle(exchange.request);
  } catch (const Fault& e) {
    fault = e.what();
    answer = Refusal(503);
    answer.headers.push_back({"Retry-After", "1"});
  } catch (const std::exception& e) {
    fault = e.what();
    answer = Refusal(500);
  }
  if (!fault.empty())
    log::Error("http handler failed", {{"server", shared_->options.name}, {"route", exchange.RouteLabel()}, {"fault", fault}});
  co_return answer;
}

Task<bool> Connection::Write(ServerResponse answer, bool head, bool keep_alive) {
  stream_.expires_after(kWriteTimeout);
  const auto status = static_cast<unsigned>(answer.status);
  error_code ec;
  if (head || status == 204 || status == 304) {
    wire::response<wire::empty_body> message;
    message.result(status);
    PutHeaders(message, answer, shared_->options);
    if (status != 204 && status != 304) message.content_length(answer.body.size());
    message.keep_alive(keep_alive);
    co_await wire::async_write(stream_, message, Into(ec));
  } else {
    wire::response<wire::string_body> message;
    message.result(status);
    PutHeaders(message, answer, shared_->options);
    message.body() = std::move(answer.body);
    message.prepare_payload();
    message.keep_alive(keep_alive);
    co_await wire::async_write(stream_, message, Into(ec));
  }
  co_return !ec;
}

// A socket closed with unread bytes resets the connection, and the peer may lose our last answer (413 above all): say that we are done, and
// throw away what still comes for a moment.
Task<void> Connection::CloseGently() {
  error_code ec;
  if (!stream_.socket().is_open()) co_return;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ec);
  stream_.expires_after(kLingerTimeout);
  while (peer_may_be_sending_ && !ec) {
    buffer_.clear();
    co_await stream_.async_read_some(buffer_.prepare(2 * kRequestHeaderBytesMax), Into(ec));
  }
  stream_.close();
}

void Connection::EndIfIdle() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] {
    if (self->idle_) self->stream_.cancel();
  });
}

void Connection::Abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->Reset(); });
}

void Connection::Reset() {
  error_code ec;
  stream_.socket().set_option(asio::socket_base::linger(true, 0), ec);
  stream_.close();
}

}  // namespace quittance::http

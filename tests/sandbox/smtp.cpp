// The body of smtp.h; the invariant it keeps stands there.
#include "tests/sandbox/smtp.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <set>

#include "common/core/fault.h"
#include "tests/sandbox/mime.h"

namespace quittance::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kLineMax = 4096;
constexpr std::size_t kMailMax = 10 * 1024 * 1024;
constexpr std::size_t kRecipientsMax = 100;

auto Into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

// "<a@b>" of "MAIL FROM:<a@b> SIZE=1".
std::optional<std::string> AddressIn(const std::string& line) {
  const std::size_t open = line.find('<');
  const std::size_t close = line.find('>', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  return line.substr(open + 1, close - open - 1);
}

bool StartsWith(const std::string& line, std::string_view verb) {
  if (line.size() < verb.size()) return false;
  for (std::size_t i = 0; i < verb.size(); ++i) {
    if ((line[i] & ~0x20) != (verb[i] & ~0x20)) return false;
  }
  return true;
}

// The reply to RCPT under a fault; "" without one.
std::string RecipientReply(const Fault& fault) {
  if (fault.kind != Fault::Kind::kStatus && fault.kind != Fault::Kind::kStoredStatus) return "";
  const int code = fault.status == 500 ? 554 : fault.status == 429 ? 451 : fault.status;
  return std::to_string(code) + (code < 500 ? " 4.7.1 try again later" : " 5.7.1 refused");
}

}  // namespace

// One client. Lives in its coroutine.
class Session {
 public:
  Session(tcp::socket socket, State& state) : socket_(std::move(socket)), buffer_(kMailMax + kLineMax), state_(state) {}

  Task<void> Run() {
    co_await Say("220 sandbox ESMTP");
    while (!ended_) {
      const bool read = co_await ReadLine();
      if (!read) break;
      co_await Obey();
    }
  }

  void Close() {
    error_code ec;
    socket_.close(ec);
  }

 private:
  Task<void> Say(std::string line) {
    line += "\r\n";
    error_code ec;
    co_await asio::async_write(socket_, asio::buffer(line), Into(ec));
    ended_ = ended_ || ec;
  }

  Task<bool> ReadLine() {
    error_code ec;
    const std::size_t count = co_await asio::async_read_until(socket_, buffer_, "\r\n", Into(ec));
    if (ec) co_return false;
    line_ = Take(count);
    line_.resize(count - 2);
    co_return true;
  }

  std::string Take(std::size_t count) {
    std::string taken(asio::buffers_begin(buffer_.data()), asio::buffers_begin(buffer_.data()) + static_cast<std::ptrdiff_t>(count));
    buffer_.consume(count);
    return taken;
  }

  Task<void> Obey() {
    if (line_.size() > kLineMax)
      co_await Say("500 5.5.2 line too long");
    else if (StartsWith(line_, "EHLO"))
      co_await Say("250-sandbox\r\n250-8BITMIME\r\n250-SIZE 10485760\r\n250 AUTH PLAIN LOGIN");
    else if (StartsWith(line_, "HELO") || StartsWith(line_, "NOOP"))
      co_await Say("250 sandbox");
    else if (StartsWith(line_, "RSET"))
      co_await Reset();
    else if (StartsWith(line_, "AUTH"))
      co_await Authenticate();
    else if (StartsWith(line_, "MAIL FROM:"))
      co_await From();
    else if (StartsWith(line_, "RCPT TO:"))
      co_await To();
    else if (line_.size() == 4 && StartsWith(line_, "DATA"))
      co_await Data();
    else if (StartsWith(line_, "QUIT"))
      co_await Quit();
    else
      co_await Say("502 5.5.1 command not implemented");
  }

  Task<void> Reset() {
    from_.reset();
    to_.clear();
    co_await Say("250 2.0.0 ok");
  }

  Task<void> Quit() {
    co_await Say("221 2.0.0 bye");
    ended_ = true;
  }

  // PLAIN with or without an initial response, LOGIN with its two questions. Whoever knocks is let in.
  Task<void> Authenticate() {
    const bool login = line_.find("LOGIN") != std::string::npos;
    const bool has_initial = line_.find(' ', 5) != std::string::npos;
    int answers = login ? (has_initial ? 1 : 2) : (has_initial ? 0 : 1);
    while (answers > 0 && !ended_) {
      co_await Say(!login ? "334 " : answers == 2 ? "334 VXNlcm5hbWU6" : "334 UGFzc3dvcmQ6");
      const bool read = co_await ReadLine();
      if (!read) ended_ = true;
      --answers;
    }
    if (!ended_) co_await Say("235 2.7.0 authenticated");
  }

  Task<void> From() {
    from_ = AddressIn(line_);
    to_.clear();
    fault_ = state_.faults.Take("smtp", from_.value_or(""));
    if (fault_.kind == Fault::Kind::kTimeout) co_await state_.Pause(kTimeoutHold);
    if (fault_.kind == Fault::Kind::kTimeout || fault_.kind == Fault::Kind::kReset) {
      Break();
      co_return;
    }
    co_await Say(from_ ? "250 2.1.0 ok" : "501 5.1.7 bad sender");
  }

  Task<void> To() {
    const auto address = AddressIn(line_);
    const std::string refused = RecipientReply(fault_);
    if (!from_) {
      co_await Say("503 5.5.1 MAIL first");
    } else if (!address || address->find('@') == std::string::npos) {
      co_await Say("501 5.1.3 bad recipient");
    } else if (!refused.empty()) {
      co_await Say(refused);
    } else if (to_.size() >= kRecipientsMax) {
      co_await Say("452 4.5.3 too many recipients");
    } else {
      to_.push_back(*address);
      co_await Say("250 2.1.5 ok");
    }
  }

  Task<void> Data() {
    if (to_.empty()) {
      co_await Say("503 5.5.1 RCPT first");
      co_return;
    }
    co_await Say("354 go ahead");
    std::string bytes;
    while (!ended_) {
      const bool read = co_await ReadLine();
      if (!read) ended_ = true;
      if (ended_ || line_ == ".") break;
      bytes.append(line_, line_.starts_with('.') ? 1 : 0).append("\r\n");  // RFC 5321 §4.5.2
      if (bytes.size() > kMailMax) ended_ = true;
    }
    if (ended_) co_return;
    if (fault_.kind == Fault::Kind::kSlow) co_await state_.Pause(fault_.delay);
    Store(bytes);
    if (fault_.kind == Fault::Kind::kLostAnswer) {
      Break();
    } else {
      co_await Say("250 2.0.0 queued as " + NewReference("").substr(0, 10));
    }
    from_.reset();
    to_.clear();
  }

  void Store(const std::string& bytes) {
    const ParsedMail parsed = ParseMail(bytes);
    std::string message_id = parsed.Header("message-id");
    if (message_id.size() > 2 && message_id.front() == '<') message_id = message_id.substr(1, message_id.size() - 2);
    for (const std::string& to : to_) {
      Keep(state_.mails,
           Mail{to, *from_, parsed.Header("subject"), parsed.text, parsed.html, message_id, parsed.headers, state_.clock.Now()});
    }
  }

  void Break() {
    error_code ec;
    socket_.set_option(asio::socket_base::linger(true, 0), ec);
    Close();
    ended_ = true;
  }

  tcp::socket socket_;
  asio::streambuf buffer_;
  State& state_;
  std::string line_;
  std::optional<std::string> from_;
  std::vector<std::string> to_;
  Fault fault_;
  bool ended_ = false;
};

struct SmtpServer::Impl {
  Impl(State& s, async::Executor& e) : state(s), executor(e), acceptor(e.context()) {}
  State& state;
  async::Executor& executor;
  tcp::acceptor acceptor;
  int port = 0;
  std::set<Session*> sessions;

  static Task<void> Serve(std::shared_ptr<Impl> self, tcp::socket socket) {
    Session session(std::move(socket), self->state);
    self->sessions.insert(&session);
    co_await session.Run();
    self->sessions.erase(&session);
  }

  static Task<void> Accept(std::shared_ptr<Impl> self) {
    while (self->acceptor.is_open()) {
      error_code ec;
      tcp::socket socket = co_await self->acceptor.async_accept(Into(ec));
      if (ec) break;
      self->executor.Spawn(Serve(self, std::move(socket)));
    }
  }
};

SmtpServer::SmtpServer(State& state, async::Executor& executor) : impl_(std::make_shared<Impl>(state, executor)) {}
SmtpServer::~SmtpServer() = default;

void SmtpServer::Listen(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  try {
    const tcp::endpoint endpoint(asio::ip::make_address(address.substr(0, colon)),
                                 static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    impl_->acceptor.open(endpoint.protocol());
    impl_->acceptor.set_option(tcp::acceptor::reuse_address(true));
    impl_->acceptor.bind(endpoint);
    impl_->acceptor.listen();
    impl_->port = impl_->acceptor.local_endpoint().port();
  } catch (const std::exception& e) {
    throw quittance::Fault("cannot listen on " + address + ": " + e.what());
  }
  impl_->executor.Spawn(Impl::Accept(impl_));
}

int SmtpServer::port() const { return impl_->port; }

void SmtpServer::Stop() {
  asio::post(impl_->executor.context(), [impl = impl_] {
    error_code ec;
    impl->acceptor.close(ec);
    for (Session* session : impl->sessions) session->Close();
  });
}

}  // namespace quittance::sandbox

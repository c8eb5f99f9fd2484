// One thread per connection and poll(): slow and plain, as a broken wire may be.
#include "tests/support/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace quittance::test {

namespace {

constexpr int kPollMs = 20;
constexpr int kAnswerMs = 5000;

sockaddr_in Address(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host.c_str(), &address.sin_addr) != 1)
    throw std::runtime_error("not an IPv4 address: " + host);
  return address;
}

bool Readable(int socket, int timeout_ms) {
  pollfd entry{socket, POLLIN, 0};
  return ::poll(&entry, 1, timeout_ms) > 0;
}

// Empty: closed.
std::string Receive(int socket) {
  char bytes[16384];
  const ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
  return count > 0 ? std::string(bytes, static_cast<std::size_t>(count)) : "";
}

bool Send(int socket, const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

TcpProxy::TcpProxy(std::string host, int port) : host_(std::move(host)), target_port_(port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Address("127.0.0.1", 0);
  socklen_t length = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw std::runtime_error(std::string("proxy cannot listen: ") + std::strerror(errno));
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TcpProxy::~TcpProxy() {
  ending_ = true;
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void TcpProxy::LoseAnswerTo(std::string marker) {
  const std::lock_guard lock(mutex_);
  marker_ = std::move(marker);
  fate_ = Fate::kLoseAnswer;
}

void TcpProxy::LoseRequest(std::string marker) {
  const std::lock_guard lock(mutex_);
  marker_ = std::move(marker);
  fate_ = Fate::kLoseRequest;
}

void TcpProxy::Refuse(bool refuse) { refuse_ = refuse; }

TcpProxy::Fate TcpProxy::FateOf(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  if (fate_ == Fate::kForward || bytes.find(marker_) == std::string::npos) return Fate::kForward;
  const Fate fate = fate_;
  fate_ = Fate::kForward;
  return fate;
}

int TcpProxy::Connect() const {
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Address(host_, target_port_);
  if (server >= 0 && ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return server;
  if (server >= 0) ::close(server);
  return -1;
}

void TcpProxy::Accept() {
  while (!ending_) {
    if (!Readable(listener_, kPollMs)) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    if (refuse_) {
      ::close(client);
      continue;
    }
    threads_.emplace_back([this, client] { Serve(client); });
  }
}

void TcpProxy::Serve(int client) {
  const int server = Connect();
  while (server >= 0 && !ending_ && !refuse_) {
    pollfd entries[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(entries, 2, kPollMs) <= 0) continue;
    if (entries[1].revents != 0) {
      const std::string bytes = Receive(server);
      if (bytes.empty() || !Send(client, bytes)) break;
    }
    if (entries[0].revents != 0) {
      const std::string bytes = Receive(client);
      if (bytes.empty()) break;
      const Fate fate = FateOf(bytes);
      if (fate != Fate::kForward) ++lost_;
      if (fate == Fate::kLoseRequest || !Send(server, bytes)) break;
      if (fate == Fate::kLoseAnswer) {
        Readable(server, kAnswerMs);
        break;
      }
    }
  }
  if (server >= 0) ::close(server);
  ::close(client);
}

}  // namespace quittance::test

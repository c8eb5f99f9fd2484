// A peer without manners for the tests: a blocking TCP client that sends what it is told, and a listener that plays a script.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace quittance::http {

inline sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class RawSocket {
 public:
  explicit RawSocket(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in address = Loopback(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("connect");
  }
  struct Adopt {};
  RawSocket(Adopt, int fd) : fd_(fd) {}
  ~RawSocket() { Close(); }
  RawSocket(const RawSocket&) = delete;

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // What comes until `until` is in it, the peer closes, or nothing came for `patience`.
  std::string Receive(std::string_view until, std::chrono::milliseconds patience = std::chrono::seconds(3)) {
    while (until.empty() || buffer_.find(until) == std::string::npos) {
      pollfd poll{.fd = fd_, .events = POLLIN, .revents = 0};
      if (::poll(&poll, 1, static_cast<int>(patience.count())) <= 0) break;
      char bytes[4096];
      const ssize_t count = ::recv(fd_, bytes, sizeof bytes, 0);
      if (count <= 0) {
        closed_ = true;
        break;
      }
      buffer_.append(bytes, static_cast<std::size_t>(count));
    }
    const std::size_t end = until.empty() ? std::string::npos : buffer_.find(until);
    std::string taken = buffer_.substr(0, end == std::string::npos ? buffer_.size() : end + until.size());
    buffer_.erase(0, taken.size());
    return taken;
  }
  std::string ReceiveAll() { return Receive({}); }
  bool closed() const { return closed_; }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  std::string buffer_;
  bool closed_ = false;
};

// Accepts `connections` connections, one after another, and plays `script` on each.
class RawServer {
 public:
  RawServer(int connections, std::function<void(RawSocket&)> script) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof address;
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd_, 8) != 0) throw std::runtime_error("listen");
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, connections, script = std::move(script)] {
      for (int i = 0; i < connections; ++i) {
        const int peer = ::accept(fd_, nullptr, nullptr);
        if (peer < 0) return;
        RawSocket socket(RawSocket::Adopt{}, peer);
        script(socket);
      }
    });
  }
  ~RawServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace quittance::http

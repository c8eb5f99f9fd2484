// One accepted connection: reads requests, asks the route, writes answers, one after another (pipelined ones wait in the buffer).
// Invariant: what a request may cost is known before it is buffered, and a message whose end is in doubt closes the connection.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>

#include "common/http/routes.h"
#include "common/http/server.h"

namespace quittance::http {

inline constexpr std::size_t kRequestHeaderBytesMax = 16 * 1024;

// What all connections of a server share; outlives the server while a connection lives.
struct ServerShared {
  ServerOptions options;
  RouteTable table;
  metrics::Registry& metrics;
  std::atomic<bool> draining{false};
  std::atomic<int> connections{0};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<ServerShared> shared);
  ~Connection();

  Task<void> Run();  // the caller keeps this object until it has ended
  // From any thread. Draining: a connection that waits for its next request ends now, one at work ends after its answer.
  void EndIfIdle();
  void Abort();

 private:
  struct Exchange;

  Task<bool> AwaitRequest();
  Task<bool> ServeOne();
  Task<void> Read(Exchange& exchange);
  Task<ServerResponse> Answer(Exchange& exchange);
  Task<bool> Write(ServerResponse answer, bool head, bool keep_alive);
  Task<void> CloseGently();
  void Reset();

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::shared_ptr<ServerShared> shared_;
  std::string remote_address_;
  bool first_ = true;
  bool idle_ = true;
  bool peer_may_be_sending_ = false;  // a refused request's rest
};

}  // namespace quittance::http

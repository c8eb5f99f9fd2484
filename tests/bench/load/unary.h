// A lean client for unary calls over gRPC, for loads that share their cores with the server they measure: plain TCP, HTTP/2 known
// beforehand, one thread for all connections, the frames of many calls in one write.
// Invariant: `done` is called once for each call, on the client's thread: with the server's status, UNAVAILABLE when the connection broke
// or there is none, DEADLINE_EXCEEDED when the time was over here. Only what is under way when the client is destroyed hears nothing.
#pragma once

#include <google/protobuf/message_lite.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "tests/bench/load/link.h"

namespace quittance::bench {

// A message in the frame that gRPC sends it in.
std::string Framed(const google::protobuf::MessageLite& message);

class UnaryClient {
 public:
  // `target`: host:port, or ipv4: and some of them with commas between; connection i starts with the i-th.
  UnaryClient(const std::string& target, std::size_t connections);
  ~UnaryClient();
  UnaryClient(const UnaryClient&) = delete;
  UnaryClient& operator=(const UnaryClient&) = delete;

  // Sends a request (Framed) on one of the connections. From any thread.
  void Call(std::size_t connection, RequestHeadPtr head, std::string request, std::chrono::milliseconds deadline,
            std::function<void(Reply)> done);

  // Calls `then` later, as a `done` may want: on the client's thread, and only from there.
  void After(std::chrono::milliseconds pause, std::function<void()> then);

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace quittance::bench

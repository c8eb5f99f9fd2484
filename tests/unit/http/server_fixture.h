// A server with a handful of routes on loopback, and what its tests ask of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "common/async/executor.h"
#include "common/core/fault.h"
#include "common/http/server.h"
#include "tests/unit/http/raw_socket.h"

namespace quittance::http {

inline Task<ServerResponse> Echo(const ServerRequest& request) {
  std::string body = request.method + ' ' + request.path + '?' + request.query;
  for (const std::string& parameter : request.path_parameters) body += " [" + parameter + ']';
  co_return ServerResponse{.body = body + '\n' + request.body};
}

inline Task<ServerResponse> Broken(const ServerRequest& request) {
  if (request.query == "fault") throw Fault("the database is away");
  if (request.query == "bug") throw std::runtime_error("unforeseen");
  co_return ServerResponse{.drop = true};
}

inline std::atomic<int> slow_now{0}, slow_most{0};  // how many of these there are, and were at once

inline Task<ServerResponse> Slow(const ServerRequest&) {
  slow_most = std::max(++slow_now, slow_most.load());
  co_await async::Sleep(std::chrono::milliseconds(300));
  --slow_now;
  co_return ServerResponse{.body = "late"};
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { server.Listen("127.0.0.1:0"); }

  static ServerOptions Options() {
    return {.name = "test",
            .headers = {{"X-Frame-Options", "DENY"}, {"X-Content-Type-Options", "nosniff"}},
            .connections_max = 20,
            .read_timeout = std::chrono::milliseconds(400),
            .idle_timeout = std::chrono::milliseconds(800)};
  }
  static std::vector<Route> Routes() {
    return {{"POST", "/webhooks/{tenant}/{connection}", 1000, &Echo},
            {"GET", "/webhooks/{tenant}/{connection}", 0, &Echo},
            {"GET", "/healthz", 0, &Echo},
            {"GET", "/broken", 0, &Broken},
            {"GET", "/slow", 0, &Slow}};
  }

  // One request on a connection of its own, closed after the answer.
  std::string Exchange(const std::string& bytes) {
    RawSocket socket(server.port());
    socket.Send(bytes);
    return socket.ReceiveAll();
  }
  static std::string Wire(const std::string& line, const std::string& headers = "", const std::string& body = "") {
    return line + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + headers + "\r\n" + body;
  }

  async::Executor executor{2};
  metrics::Registry metrics;
  Server server{executor, Options(), Routes(), metrics};
};

inline std::string StatusLine(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

inline ::testing::AssertionResult Carries(const std::string& answer, const std::string& text) {
  if (answer.find(text) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "no \"" << text << "\" in:\n" << answer;
}

}  // namespace quittance::http

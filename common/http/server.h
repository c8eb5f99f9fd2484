// A small HTTP/1.1 server on Beast: a table of routes. Invariant: limits come before buffers (headers 16 KiB, body by route, 5 s to read,
// no Content-Encoding, one length), every answer carries the given security headers and no server fingerprint.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/async/executor.h"
#include "common/http/client.h"
#include "common/metrics/registry.h"

namespace quittance::http {

struct ServerRequest {
  std::string method;
  std::string path;             // decoded, without the query
  std::string query;            // raw
  std::vector<Header> headers;  // lower case names, repeated ones repeated
  std::string body;
  std::string remote_address;                // of the socket, without the port
  std::vector<std::string> path_parameters;  // {…} of the route, in order

  std::string_view HeaderValue(std::string_view lower_case_name) const;  // first; empty if missing
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<Header> headers = {};
  bool drop = false;  // no answer at all: the connection is reset (what a network does to a caller; the sandbox uses it)
};

struct Route {
  std::string method;    // GET also answers HEAD
  std::string path;      // /webhooks/{tenant}/{connection}
  std::size_t body_max;  // bytes; 413 beyond
  std::function<Task<ServerResponse>(const ServerRequest&)> handle;
};

struct ServerOptions {
  std::string name;                  // metric label: ingress, admin
  std::vector<Header> headers = {};  // on every answer
  int connections_max = 1024;        // beyond: closed at once
  std::chrono::milliseconds read_timeout{5000};
  std::chrono::milliseconds idle_timeout{30'000};
};

class Server {
 public:
  Server(async::Executor& executor, ServerOptions options, std::vector<Route> routes, metrics::Registry& metrics);
  ~Server();
  void Listen(const std::string& address);  // host:port, port 0 picks one; throws Fault
  int port() const;
  void Drain(SteadyTime deadline);  // stops accepting, finishes what is in flight

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace quittance::http

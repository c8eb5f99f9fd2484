// The body of admin.h; the invariant it keeps stands there.
#include "common/metrics/admin.h"

#include <atomic>
#include <mutex>

#include "common/http/server.h"

namespace quittance::metrics {
namespace {

// What every answer of the port carries: nothing here is to be framed, sniffed or kept.
std::vector<http::Header> AdminHeaders() {
  return {{"X-Content-Type-Options", "nosniff"},
          {"X-Frame-Options", "DENY"},
          {"Referrer-Policy", "no-referrer"},
          {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
          {"Cache-Control", "no-store"}};
}

http::ServerResponse Text(int status, std::string body) { return {.status = status, .body = std::move(body)}; }

bool IsVerbose(const std::string& query) { return query == "verbose" || query.starts_with("verbose=") || query.starts_with("verbose&"); }

}  // namespace

struct AdminServer::Impl {
  Impl(Registry& r, std::string service_name, std::string service_version)
      : registry(r), service(std::move(service_name)), version(std::move(service_version)) {}

  Registry& registry;
  const std::string service;
  const std::string version;
  std::atomic<bool> draining{false};
  mutable std::mutex mutex;
  std::vector<Check> checks;
  std::unique_ptr<http::Server> server;  // last: its requests read all of the above

  std::vector<Check> Checks() const {
    std::scoped_lock lock(mutex);
    return checks;
  }

  // A check that throws has failed.
  static bool Passes(const Check& check) {
    try {
      return check.ok();
    } catch (const std::exception&) {
      return false;
    }
  }

  http::ServerResponse Readiness(bool verbose) const {
    bool ready = !draining;
    std::string lines = draining ? "[-] draining\n" : "";
    for (const Check& check : Checks()) {
      const bool ok = Passes(check);
      ready = ready && (ok || !check.required);
      lines += (ok               ? "[+] "
                : check.required ? "[-] "
                                 : "[~] ") +
               check.name +
               (ok               ? " ok\n"
                : check.required ? " failed\n"
                                 : " degraded\n");
    }
    const std::string verdict = ready ? "ready\n" : "not ready\n";
    return Text(ready ? 200 : 503, verbose ? lines + verdict : verdict);
  }

  std::vector<http::Route> Routes() {
    using http::ServerRequest;
    using http::ServerResponse;
    return {
        {"GET", "/metrics", 0,
         [this](const ServerRequest&) -> Task<ServerResponse> {
           co_return ServerResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = registry.Render()};
         }},
        {"GET", "/livez", 0, [](const ServerRequest&) -> Task<ServerResponse> { co_return Text(200, "ok\n"); }},
        {"GET", "/readyz", 0,
         [this](const ServerRequest& request) -> Task<ServerResponse> { co_return Readiness(IsVerbose(request.query)); }},
        {"GET", "/version", 0,
         [this](const ServerRequest&) -> Task<ServerResponse> {
           co_return ServerResponse{.content_type = "application/json",
                                    .body = R"({"service":")" + service + R"(","version":")" + version + "\"}\n"};
         }},
    };
  }
};

AdminServer::AdminServer(async::Executor& executor, Registry& registry, std::string service, std::string version)
    : impl_(std::make_unique<Impl>(registry, std::move(service), std::move(version))) {
  http::ServerOptions options{.name = "admin", .headers = AdminHeaders(), .connections_max = 64};
  impl_->server = std::make_unique<http::Server>(executor, std::move(options), impl_->Routes(), registry);
}

AdminServer::~AdminServer() = default;

void AdminServer::AddCheck(Check check) {
  std::scoped_lock lock(impl_->mutex);
  impl_->checks.push_back(std::move(check));
}

void AdminServer::Listen(const std::string& address) { impl_->server->Listen(address); }

int AdminServer::port() const { return impl_->server->port(); }

void AdminServer::SetDraining() { impl_->draining = true; }

bool AdminServer::Ready() const { return impl_->Readiness(false).status == 200; }

}  // namespace quittance::metrics

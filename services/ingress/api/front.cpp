// The routes. Every request is forwarded, since only the service behind can tell a PSP from a forger; the limit falls on the answer.
#include "services/ingress/api/front.h"

#include <algorithm>
#include <map>

#include "common/core/crash_point.h"
#include "common/core/fault.h"

namespace quittance::ingress {

namespace {

using http::ServerRequest;
using http::ServerResponse;

constexpr std::size_t kNameMax = 64;

bool HasTwice(const ServerRequest& request, std::string_view name) {
  return std::count_if(request.headers.begin(), request.headers.end(), [&](const http::Header& header) { return header.name == name; }) > 1;
}

std::string Seconds(std::chrono::milliseconds wait) { return std::to_string((wait.count() + 999) / 1000); }

Task<ServerResponse> Now(ServerResponse answer) { co_return answer; }

bool IsOfTenant(std::string_view path) { return path.find("/{tenant}") != std::string_view::npos; }

}  // namespace

std::vector<http::Header> SecurityHeaders() {
  return {{"Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload"},
          {"Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"},
          {"X-Frame-Options", "DENY"},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "strict-origin-when-cross-origin"},
          {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
          {"Cache-Control", "no-store"}};
}

bool IsName(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= kNameMax && std::all_of(text.begin(), text.end(), fits);
}

Front::Front(Forward& forward, Origins& origins, Secret source_hash_key, const Clock& clock, metrics::Registry& metrics)
    : forward_(forward), origins_(origins), hasher_(std::move(source_hash_key)), clock_(clock), metrics_(metrics) {}

// The table; every answer is marked for the browser that may have asked, and every path answers OPTIONS.
std::vector<http::Route> Front::Routes() {
  std::vector<http::Route> routes = {
      {"POST", "/webhooks/{tenant}/{connection}", kBodyBytesMax, [this](const ServerRequest& request) { return Webhook(request); }},
      // A PSP's ping: nobody is asked.
      {"GET", "/webhooks/{tenant}/{connection}", 0, [](const ServerRequest&) { return Now({.body = "ok\n"}); }},
      {"POST", "/telegram/{tenant}", kBodyBytesMax, [this](const ServerRequest& request) { return Telegram(request); }},
      {"GET", "/healthz", 0, [](const ServerRequest&) { return Now({.body = "ok\n"}); }},
      {"GET", "/.well-known/jwks.json", 0, [this](const ServerRequest&) { return Jwks(); }},
  };
  std::map<std::string, std::string> methods;  // by path
  for (http::Route& route : routes) {
    std::string& known = methods[route.path];
    known += known.empty() ? "OPTIONS, " : ", ";
    known += route.method == "GET" ? "GET, HEAD" : route.method;
    const bool of_tenant = IsOfTenant(route.path);
    route.handle = [this, handle = std::move(route.handle), of_tenant](const ServerRequest& request) {
      return Marked(handle, of_tenant, request);
    };
  }
  for (const auto& [path, known] : methods) {
    const bool of_tenant = IsOfTenant(path);
    routes.push_back({"OPTIONS", path, 0, [this, of_tenant, known](const ServerRequest& request) {
                        return Now(origins_.Preflight(request, of_tenant ? request.path_parameters[0] : "", known));
                      }});
  }
  return routes;
}

Task<ServerResponse> Front::Marked(Handle handle, bool of_tenant, const ServerRequest& request) {
  ServerResponse answer = co_await handle(request);
  origins_.Mark(request, of_tenant ? request.path_parameters[0] : "", answer);
  co_return answer;
}

Task<ServerResponse> Front::Webhook(const ServerRequest& request) {
  if (!IsName(request.path_parameters[0]) || !IsName(request.path_parameters[1]))
    co_return ServerResponse{.status = 404, .body = "not found\n"};
  std::string source = SourceOf(request);
  ServerResponse answer = co_await forward_.Webhook(request, source);
  QUITTANCE_CRASH_POINT("ingress.webhook.taken");
  co_return Answer("webhook", source, std::move(answer));
}

Task<ServerResponse> Front::Telegram(const ServerRequest& request) {
  if (!IsName(request.path_parameters[0])) co_return ServerResponse{.status = 404, .body = "not found\n"};
  std::string source = SourceOf(request);
  ServerResponse answer{.status = 401};
  const bool ambiguous = HasTwice(request, "x-telegram-bot-api-secret-token");
  if (!ambiguous) answer = co_await forward_.Telegram(request, source);
  QUITTANCE_CRASH_POINT("ingress.telegram.taken");
  co_return Answer("telegram", source, std::move(answer));
}

ServerResponse Front::Answer(const std::string& route, const std::string& source, ServerResponse answer) {
  if (answer.status == 401) {
    if (const auto wait = unverified_.Take(source, kUnverifiedRate)) {
      answer = {.status = 429, .body = "too many requests that could not be verified\n", .headers = {{"Retry-After", Seconds(*wait)}}};
    }
  }
  const std::string kind = answer.status < 300    ? "taken"
                           : answer.status == 401 ? "unverified"
                           : answer.status == 429 ? "limited"
                           : answer.status == 503 ? "not_taken"
                                                  : "refused";
  metrics_
      .GetCounter("quittance_ingress_received_total", "Webhooks and updates by what was answered.", {{"route", route}, {"result", kind}})
      .Add();
  return answer;
}

std::string Front::SourceOf(const ServerRequest& request) const {
  return hasher_.Hash(rpc::AddressBucket(request.remote_address).value_or(request.remote_address), clock_.Now());
}

// The last key set is served on while auth is down: keys are public and change rarely.
Task<ServerResponse> Front::Jwks() {
  const SteadyTime now = std::chrono::steady_clock::now();
  bool ask = false;
  {
    const std::lock_guard lock(mutex_);
    ask = jwks_.empty() || now >= jwks_next_;
    if (ask) jwks_next_ = now + kJwksRetry;
  }
  if (ask) {
    try {
      std::string fresh = co_await forward_.Jwks();
      const std::lock_guard lock(mutex_);
      jwks_ = std::move(fresh);
      jwks_next_ = now + kJwksAge;
    } catch (const Fault&) {
      metrics_.GetCounter("quittance_ingress_jwks_failures_total", "Times auth could not be asked for its keys.").Add();
    }
  }
  const std::lock_guard lock(mutex_);
  if (jwks_.empty()) co_return ServerResponse{.status = 503, .body = "not known yet\n", .headers = {{"Retry-After", "5"}}};
  co_return ServerResponse{.content_type = "application/json", .body = jwks_, .headers = {{"Cache-Control", "public, max-age=300"}}};
}

}  // namespace quittance::ingress

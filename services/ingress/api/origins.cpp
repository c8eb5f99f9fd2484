// The headers of the Fetch standard, §3.2. Lists are those of the last poll of auth; before the first one no origin is on any.
#include "services/ingress/api/origins.h"

#include <algorithm>

#include "common/core/text.h"

namespace quittance::ingress {
namespace {

constexpr const char* kMetric = "quittance_ingress_cross_origin_total";
constexpr const char* kMetricHelp = "Requests of pages on other origins, by whether the origin is on a tenant's list.";
constexpr const char* kPreflightSeconds = "600";

std::size_t CountOf(const http::ServerRequest& request, std::string_view name) {
  const auto named = [&](const http::Header& header) { return header.name == name; };
  return static_cast<std::size_t>(std::count_if(request.headers.begin(), request.headers.end(), named));
}

}  // namespace

Origins::Origins(const rpc::Trust& trust, const std::string& public_url, metrics::Registry& metrics)
    : trust_(trust),
      own_(UrlOrigin(public_url).value_or("")),
      allowed_(metrics.GetCounter(kMetric, kMetricHelp, {{"result", "allowed"}})),
      blocked_(metrics.GetCounter(kMetric, kMetricHelp, {{"result", "blocked"}})) {}

bool Origins::IsCrossOrigin(const http::ServerRequest& request) const {
  const std::size_t count = CountOf(request, "origin");
  return count > 1 || (count == 1 && request.HeaderValue("origin") != own_);
}

std::string Origins::Allowed(const http::ServerRequest& request, const std::string& tenant) {
  std::string origin(request.HeaderValue("origin"));
  const auto state = trust_.state();
  bool listed = false;
  if (tenant.empty()) {
    listed = state->AnyTenantAllows(origin);
  } else if (const auto found = state->ByCode(tenant)) {
    listed = std::find(found->allowed_origins.begin(), found->allowed_origins.end(), origin) != found->allowed_origins.end();
  }
  if (CountOf(request, "origin") != 1) listed = false;
  (listed ? allowed_ : blocked_).Add();
  if (!listed) origin.clear();
  return origin;
}

void Origins::Mark(const http::ServerRequest& request, const std::string& tenant, http::ServerResponse& answer) {
  answer.headers.push_back({"Vary", "Origin"});
  if (!IsCrossOrigin(request)) return;
  const std::string origin = Allowed(request, tenant);
  if (origin.empty()) return;
  answer.headers.push_back({"Access-Control-Allow-Origin", origin});
  answer.headers.push_back({"Access-Control-Expose-Headers", "Retry-After"});
}

http::ServerResponse Origins::Preflight(const http::ServerRequest& request, const std::string& tenant, const std::string& methods) {
  http::ServerResponse answer{.status = 204, .headers = {{"Allow", methods}, {"Vary", "Origin"}}};
  if (!IsCrossOrigin(request)) return answer;
  const std::string origin = Allowed(request, tenant);
  if (origin.empty()) return {.status = 403, .body = "this origin is not allowed\n", .headers = {{"Vary", "Origin"}}};
  answer.headers.push_back({"Access-Control-Allow-Origin", origin});
  answer.headers.push_back({"Access-Control-Allow-Methods", methods});
  answer.headers.push_back({"Access-Control-Allow-Headers", "Content-Type, Traceparent"});
  answer.headers.push_back({"Access-Control-Max-Age", kPreflightSeconds});
  return answer;
}

}  // namespace quittance::ingress

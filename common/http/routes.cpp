// The body of routes.h; the invariant it keeps stands there.
#include "common/http/routes.h"

#include <algorithm>

#include "common/core/check.h"

namespace quittance::http {
namespace {

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> segments;
  path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsParameter(const std::string& segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// The values of the pattern's parameters; nullopt if the path is another one. An empty value never matches.
std::optional<std::vector<std::string>> MatchSegments(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (IsParameter(pattern[i])) {
      if (path[i].empty()) return std::nullopt;
      parameters.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

// RFC 9112 §3.2: servers accept the absolute form too; its path is what is left after scheme and authority.
std::optional<std::string_view> OriginForm(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t slash = target.find('/', scheme.size());
    return slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (target.starts_with('/')) return target;
  return std::nullopt;
}

}  // namespace

RouteTable::RouteTable(std::vector<Route> routes) {
  for (Route& route : routes) {
    CHECK(route.path.starts_with('/'));
    auto segments = Split(route.path);
    rows_.push_back({std::move(route), std::move(segments)});
  }
}

RouteMatch RouteTable::Find(std::string_view method, std::string_view target) const {
  RouteMatch match;
  const auto origin = OriginForm(target);
  if (!origin || origin->find('#') != std::string_view::npos) {
    match.kind = RouteMatch::Kind::kMalformed;
    return match;
  }
  const std::size_t question = origin->find('?');
  if (question != std::string_view::npos) match.query = std::string(origin->substr(question + 1));

  std::vector<std::string> segments = Split(origin->substr(0, question));
  for (std::string& segment : segments) {
    auto decoded = PercentDecode(segment);
    if (!decoded || HasControl(*decoded)) {
      match.kind = RouteMatch::Kind::kMalformed;
      return match;
    }
    segment = std::move(*decoded);
    match.path += '/' + segment;
  }

  for (const Row& row : rows_) {
    auto parameters = MatchSegments(row.segments, segments);
    if (!parameters) continue;
    if (row.route.method == method || (row.route.method == "GET" && method == "HEAD")) {
      match.kind = RouteMatch::Kind::kFound;
      match.route = &row.route;
      match.parameters = std::move(*parameters);
      match.allow.clear();
      return match;
    }
    match.kind = RouteMatch::Kind::kNoMethod;
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += row.route.method == "GET" ? "GET, HEAD" : row.route.method;
  }
  return match;
}

}  // namespace quittance::http

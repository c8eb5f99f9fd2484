// The body of routes.h; the invariant it keeps stands there.
#include "services/billing/psp/routes.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/core/text.h"

namespace quittance::billing::psp {
namespace {

constexpr std::size_t kRoutesMax = 50;
constexpr std::size_t kConnectionsMax = 5;

std::vector<std::string> Split(std::string_view text, std::string_view separators) {
  constexpr std::string_view kBlank = " \t\r";
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto begin = part.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) continue;
    parts.emplace_back(part.substr(begin, part.find_last_not_of(kBlank) - begin + 1));
  }
  return parts;
}

std::optional<std::int64_t> Number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 ? std::optional(number) : std::nullopt;
}

bool Capitals(std::string_view text, std::size_t size) {
  return text.size() == size && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool SetCondition(Route& route, const std::string& condition) {
  const auto equals = condition.find('=');
  if (equals == std::string::npos) return false;
  const auto name = Split(condition.substr(0, equals), " "), values = Split(condition.substr(equals + 1), " ");
  if (name.size() != 1 || values.empty()) return false;
  const auto all = [&](auto fits) { return std::all_of(values.begin(), values.end(), fits); };
  if (name[0] == "currency") {
    route.currencies = values;
    return all([](const std::string& value) { return Currency::Parse(value).has_value(); });
  }
  if (name[0] == "country") {
    route.countries = values;
    return all([](const std::string& value) { return Capitals(value, 2); });
  }
  auto& bound = name[0] == "min" ? route.min : route.max;
  bound = Number(values[0]);
  return (name[0] == "min" || name[0] == "max") && values.size() == 1 && bound;
}

std::optional<Route> ParseRoute(const std::string& line) {
  const auto colon = line.find(':');
  Route route;
  route.connections = Split(std::string_view(line).substr(0, colon), ",");
  const std::set<std::string> distinct(route.connections.begin(), route.connections.end());
  const bool named =
      std::all_of(distinct.begin(), distinct.end(), [](const auto& name) { return CheckCode(name, "connection", 2, 40).ok(); });
  if (route.connections.empty() || route.connections.size() > kConnectionsMax || distinct.size() != route.connections.size() || !named)
    return std::nullopt;
  if (colon == std::string::npos) return route;
  for (const auto& condition : Split(std::string_view(line).substr(colon + 1), ";")) {
    if (!SetCondition(route, condition)) return std::nullopt;
  }
  if (route.min && route.max && *route.min > *route.max) return std::nullopt;
  return route;
}

bool Has(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool Fits(const Route& route, const Wanted& wanted) {
  if (!route.countries.empty() && !Has(route.countries, wanted.country)) return false;
  const bool about_amount = !route.currencies.empty() || route.min || route.max;
  if (about_amount && !wanted.amount) return false;
  if (!route.currencies.empty() && !Has(route.currencies, wanted.amount->currency.code())) return false;
  return (!route.min || wanted.amount->amount_minor >= *route.min) && (!route.max || wanted.amount->amount_minor <= *route.max);
}

}  // namespace

std::optional<std::vector<Route>> ParseRoutes(std::string_view text) {
  std::vector<Route> routes;
  for (const auto& line : Split(text, "\n")) {
    auto route = ParseRoute(line);
    if (!route || routes.size() == kRoutesMax) return std::nullopt;
    routes.push_back(std::move(*route));
  }
  return routes;
}

std::vector<std::string> ConnectionsFor(const std::vector<Route>& routes, const Wanted& wanted) {
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) { return Fits(route, wanted); });
  return found == routes.end() ? std::vector<std::string>{} : found->connections;
}

}  // namespace quittance::billing::psp

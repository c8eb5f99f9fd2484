// Which connections an intent may take, in order: the rules of the setting psp.routes. Invariant: the first rule that fits decides; a rule
// never names a connection twice.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/money.h"

namespace quittance::billing::psp {

// One rule a line: `connection, connection…[: condition; condition…]`. The connections after the first are fallbacks, tried when the one
// before refused cleanly. Conditions: `currency=EUR USD`, `country=FR BE`, `min=1000`, `max=50000` (minor units, both included).
//   adyen, stripe: currency=EUR; country=FR BE; min=1000
//   stripe
struct Route {
  std::vector<std::string> connections;
  std::vector<std::string> currencies;
  std::vector<std::string> countries;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
};
std::optional<std::vector<Route>> ParseRoutes(std::string_view text);

// What is known of an intent; a condition on what is not known does not fit.
struct Wanted {
  std::optional<Money> amount;
  std::string country;  // ISO 3166-1 alpha-2, upper case
};
// Empty: no rule fits.
std::vector<std::string> ConnectionsFor(const std::vector<Route>& routes, const Wanted& wanted);

}  // namespace quittance::billing::psp

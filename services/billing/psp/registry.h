// The PSPs this house speaks, as one visible table: what each needs of the environment and of the settings, and how it is made.
#pragma once

#include <memory>

#include "common/core/clock.h"
#include "common/http/client.h"
#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp {

// A setting psp.*.<name> of one provider alone.
struct Field {
  std::string name;
  bool secret;
  std::string what;
  // The rule that a value breaks, or nullopt.
  std::function<std::optional<std::string>(std::string_view value)> problem;
};

struct Provider {
  std::string name;
  std::string url_variable;  // QUITTANCE_…_BASE_URL; empty: it calls nobody
  std::string url_help;
  std::string url_default;  // empty: connections are PSP_NOT_CONFIGURED where the variable is not set
  bool dev_only = false;    // only in the dev profile
  std::vector<Field> fields;
  std::function<std::unique_ptr<Psp>(Network)> make;
};
const std::vector<Provider>& Providers();
const Provider* FindProvider(std::string_view name);

// `urls` by the provider's name.
std::unique_ptr<Registry> MakeRegistry(const std::map<std::string, std::string>& urls, http::Client& client, const Clock& clock, bool dev);

}  // namespace quittance::billing::psp

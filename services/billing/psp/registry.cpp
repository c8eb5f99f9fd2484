// One row per PSP. A new one: its folder, its row here, its sources in CMakeLists.txt, its settings in docs/configuration.md.
#include "services/billing/psp/registry.h"

#include "services/billing/psp/hmac/hmac.h"
#include "services/billing/psp/manual/manual.h"
#include "services/billing/psp/stripe/stripe.h"

namespace quittance::billing::psp {

std::unique_ptr<Registry> MakeRegistry(const BaseUrls& urls, http::Client& client, const Clock& clock) {
  std::vector<std::unique_ptr<Psp>> psps;
  psps.push_back(std::make_unique<stripe::Stripe>(Network{client, clock, urls.stripe}));
  psps.push_back(std::make_unique<hmac::Hmac>(Network{client, clock, urls.hmac}));
  psps.push_back(std::make_unique<manual::Manual>());
  return std::make_unique<Registry>(std::move(psps));
}

const std::vector<std::string>& Providers() {
  static const std::vector<std::string> kProviders = {"stripe", "hmac", "manual"};
  return kProviders;
}

}  // namespace quittance::billing::psp

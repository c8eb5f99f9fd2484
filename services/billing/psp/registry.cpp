// One row per PSP (docs/adding-a-psp.md). Invariant: a PSP that never takes money exists in the dev profile only.
#include "services/billing/psp/registry.h"

#include <algorithm>

#include "common/core/text.h"
#include "services/billing/psp/adyen/adyen.h"
#include "services/billing/psp/cinetpay/cinetpay.h"
#include "services/billing/psp/hmac/hmac.h"
#include "services/billing/psp/hmac/mapping.h"
#include "services/billing/psp/hmac/schemes.h"
#include "services/billing/psp/manual/manual.h"
#include "services/billing/psp/mock/mock.h"
#include "services/billing/psp/paypal/paypal.h"
#include "services/billing/psp/stripe/stripe.h"

namespace quittance::billing::psp {
namespace {

template <class Adapter>
std::unique_ptr<Psp> Make(Network network) {
  return std::make_unique<Adapter>(std::move(network));
}

std::unique_ptr<Psp> MakeManual(const Network&) { return std::make_unique<manual::Manual>(); }

// Identifiers and keys of accounts: blanks only ever get into them by accident.
std::optional<std::string> Printable(std::string_view value) {
  const bool fine = !value.empty() && value.size() <= 512 &&
                    std::all_of(value.begin(), value.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  return fine ? std::nullopt : std::optional<std::string>("must be 1 to 512 printable ASCII characters without blanks");
}

std::optional<std::string> HostPrefix(std::string_view value) {
  const bool fine = !value.empty() && value.size() <= 60 &&
                    std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
  return fine ? std::nullopt : std::optional<std::string>("must be 1 to 60 letters, digits and dashes");
}

std::optional<std::string> SignatureScheme(std::string_view value) {
  return hmac::SchemeNamed(value) && !value.empty() ? std::nullopt
                                                    : std::optional<std::string>("must be timestamped, body_only or standard");
}

std::optional<std::string> HttpUrl(std::string_view value) {
  return UrlOrigin(value) && !Printable(value) ? std::nullopt : std::optional<std::string>("must be an absolute http or https URL");
}

std::optional<std::string> MockOutcome(std::string_view value) {
  const bool fine = value == "succeed" || value == "decline" || value == "wait";
  return fine ? std::nullopt : std::optional<std::string>("must be succeed, decline or wait");
}

}  // namespace

const std::vector<Provider>& Providers() {
  static const std::vector<Provider> kProviders = {
      {"stripe", "QUITTANCE_STRIPE_BASE_URL", "Stripe's API", "https://api.stripe.com", false, {}, Make<stripe::Stripe>},
      {"hmac",
       "QUITTANCE_HMAC_BASE_URL",
       "the generic HMAC PSP's API; empty: connections to it are PSP_NOT_CONFIGURED",
       "",
       false,
       {{"signature", false, "hmac: timestamped (default), body_only (a replay passes it) or standard (Standard Webhooks)",
         SignatureScheme},
        {"field_map", false, "hmac: where webhooks have our fields, such as reference=data.id", hmac::FieldMapProblem},
        {"type_map", false, "hmac: which of their types is which of ours, such as charge.paid=payment.succeeded", hmac::TypeMapProblem}},
       Make<hmac::Hmac>},
      {"paypal",
       "QUITTANCE_PAYPAL_BASE_URL",
       "PayPal's API; its sandbox is https://api-m.sandbox.paypal.com",
       "https://api-m.paypal.com",
       false,
       {{"client_id", false, "PayPal: the app's client id; its secret is the api_key, the webhook's id stands in webhook_secrets",
         Printable}},
       Make<paypal::PayPal>},
      {"adyen",
       "QUITTANCE_ADYEN_BASE_URL",
       "Adyen's Checkout API; the test one's live connections go to the host of their live_prefix",
       "https://checkout-test.adyen.com/v71",
       false,
       {{"merchant_account", false, "Adyen: the merchant account; notifications of another one are quarantined", Printable},
        {"live_prefix", false, "Adyen: the prefix of the company account's live host", HostPrefix},
        {"basic_auth", true, "Adyen: `user:password` that notifications must carry; empty: none", Printable}},
       Make<adyen::Adyen>},
      {"cinetpay",
       "QUITTANCE_CINETPAY_BASE_URL",
       "CinetPay's API",
       "https://api-checkout.cinetpay.com",
       false,
       {{"site_id", false, "CinetPay: the site's id; notifications of another one are refused", Printable},
        {"notify_url", false, "CinetPay: where it sends notifications, the connection's address at our ingress", HttpUrl}},
       Make<cinetpay::CinetPay>},
      {"manual", "", "", "", false, {}, MakeManual},
      {"mock", "", "", "", true, {{"outcome", false, "mock (dev profile only): succeed, decline or wait", MockOutcome}}, Make<mock::Mock>},
  };
  return kProviders;
}

const Provider* FindProvider(std::string_view name) {
  const auto& all = Providers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Provider& provider) { return provider.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::unique_ptr<Registry> MakeRegistry(const std::map<std::string, std::string>& urls, http::Client& client, const Clock& clock, bool dev) {
  const auto breakers = std::make_shared<Breakers>();
  std::vector<std::unique_ptr<Psp>> psps;
  for (const auto& provider : Providers()) {
    if (provider.dev_only && !dev) continue;
    const auto url = urls.find(provider.name);
    psps.push_back(provider.make(Network{client, clock, url == urls.end() ? "" : url->second, breakers}));
  }
  return std::make_unique<Registry>(std::move(psps));
}

}  // namespace quittance::billing::psp

// One row per key; the rows that one PSP alone needs come from its row in psp/registry.cpp.
#include "services/billing/settings_table.h"

#include <algorithm>

#include "common/core/text.h"
#include "services/billing/psp/connection.h"
#include "services/billing/psp/registry.h"
#include "services/billing/psp/routes.h"

namespace quittance::billing {
namespace {

using Problem = std::optional<std::string>;

std::vector<std::string> Entries(std::string_view value) {
  settings::Snapshot snapshot;
  snapshot.values["value"] = std::string(value);
  return snapshot.List("value");
}

Problem ConnectionName(std::string_view value) {
  if (CheckCode(value, "value", 2, 40)) return std::nullopt;
  return "must be the name of a connection: lower case letters, digits and dashes, 2 to 40";
}

Problem Provider(std::string_view value) {
  if (psp::FindProvider(value) != nullptr) return std::nullopt;
  std::string rule = "must be one of";
  for (const auto& provider : psp::Providers()) rule += " " + provider.name;
  return rule;
}

Problem Environment(std::string_view value) { return value == "live" || value == "test" ? std::nullopt : Problem("must be live or test"); }

Problem Switch(std::string_view value) { return value == "on" || value == "off" ? std::nullopt : Problem("must be on or off"); }

// Spaces and control characters only ever get into a key by accident.
Problem ApiKey(std::string_view value) {
  const bool fine = value.size() >= 8 && std::all_of(value.begin(), value.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  return fine ? std::nullopt : Problem("must be 8 or more printable ASCII characters without blanks");
}

Problem WebhookSecrets(std::string_view value) {
  const auto secrets = psp::ParseWebhookSecrets(Entries(value));
  const bool fine = secrets && !secrets->empty() &&
                    std::all_of(secrets->begin(), secrets->end(), [](const auto& s) { return s.bytes.Reveal().size() >= 8; });
  return fine ? std::nullopt
              : Problem(
                    "must be one to three secrets of 8 or more characters, each with the RFC 3339 time it retires behind a blank if it "
                    "does");
}

Problem Lines(std::string_view value) {
  return CheckText(value, "value", 1, 1000, true) ? std::nullopt : Problem("must be 1 to 1000 characters of text");
}

Problem Routes(std::string_view value) {
  return psp::ParseRoutes(value) ? std::nullopt
                                 : Problem("must be rules such as `adyen, stripe: currency=EUR; country=FR BE; min=1000`, one a line");
}

Problem Origins(std::string_view value) {
  for (const auto& entry : Entries(value)) {
    if (UrlOrigin(entry) != entry) return "must be origins such as https://shop.example, separated by commas or line feeds";
  }
  return std::nullopt;
}

}  // namespace

std::vector<settings::Key> SettingsTable() {
  std::vector<settings::Key> table = {
      {"psp.default", false, "Connection of intents that name none", ConnectionName},
      {"psp.routes", false, "Which connections an intent takes, by currency, country and amount, with fallbacks", Routes},
      {"psp.*.provider", false, "PSP of the connection; empty: the connection's name", Provider},
      {"psp.*.environment", false, "live or test; webhooks of the other one are quarantined", Environment},
      {"psp.*.api_key", true, "Key of the account; signs our requests as well", ApiKey},
      {"psp.*.webhook_secrets", true, "What the PSP signs webhooks with: up to three, while one retires", WebhookSecrets},
      {"psp.*.sign_requests", false, "on (default) or off: X-Timestamp and X-Signature on what we send", Switch},
      {"receiving.bank", true, "Lines a payer needs for a bank transfer (connection manual)", Lines, true},
      {"receiving.crypto", true, "Lines a payer needs for a crypto transfer (connection manual)", Lines, true},
      {"return_origins", false, "Origins that return_url may have", Origins},
  };
  for (const auto& provider : psp::Providers()) {
    for (const auto& field : provider.fields) table.push_back({"psp.*." + field.name, field.secret, field.what, field.problem});
  }
  return table;
}

}  // namespace quittance::billing

// A connection: one account of a tenant at a PSP, as its settings say (psp.<name>.*).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/core/secret.h"
#include "common/core/time.h"

namespace quittance::billing::psp {

enum class Environment { kUnknown, kTest, kLive };

// A secret that webhooks are signed with; an old one may be retired at a time.
struct WebhookSecret {
  Secret bytes;
  std::optional<TimePoint> not_after;
};

struct Connection {
  std::string name;
  std::string provider;
  Environment environment = Environment::kUnknown;
  Secret api_key;
  std::vector<WebhookSecret> webhook_secrets;
  std::vector<std::string> receiving_lines;  // of receiving.*: manual transfers
  bool sign_requests = true;                 // X-Timestamp and X-Signature on what we send (PAY-05)
  std::map<std::string, Secret, std::less<>> fields =
      {};  // the settings of its provider alone (registry.h), by the last part of their keys

  // Empty when it is not set.
  std::string_view Field(std::string_view field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string_view() : found->second.Reveal();
  }
};

inline constexpr std::size_t kWebhookSecretsMax = 3;

// "whsec_new, whsec_old 2026-12-01T00:00:00Z": at most three, separated by commas or line feeds, each with the time it retires if it does.
std::optional<std::vector<WebhookSecret>> ParseWebhookSecrets(const std::vector<std::string>& entries);

// Reads a connection through `find` (a settings look-up by full key). nullopt: the tenant has no such connection.
using FindSetting = std::function<std::optional<std::string>(const std::string& key)>;
std::optional<Connection> ReadConnection(const FindSetting& find, const std::string& name);

}  // namespace quittance::billing::psp

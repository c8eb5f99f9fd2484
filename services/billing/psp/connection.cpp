// Settings to connection. Invariant: the environment comes from the setting or from the key itself; what contradicts itself is no
// connection.
#include "services/billing/psp/connection.h"

#include <algorithm>

#include "services/billing/psp/registry.h"

namespace quittance::billing::psp {
namespace {

constexpr std::string_view kBlank = " \t\r";

std::string Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

std::vector<std::string> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (auto part = Trim(text.substr(0, end)); !part.empty()) parts.push_back(std::move(part));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

Environment EnvironmentOf(std::string_view setting, std::string_view api_key) {
  if (setting == "live" || (setting.empty() && api_key.starts_with("sk_live_"))) return Environment::kLive;
  if (setting == "test" || (setting.empty() && api_key.starts_with("sk_test_"))) return Environment::kTest;
  return Environment::kUnknown;
}

}  // namespace

std::optional<std::vector<WebhookSecret>> ParseWebhookSecrets(const std::vector<std::string>& entries) {
  if (entries.size() > kWebhookSecretsMax) return std::nullopt;
  std::vector<WebhookSecret> secrets;
  for (const auto& entry : entries) {
    const auto words = Split(entry, " ");
    if (words.empty() || words.size() > 2) return std::nullopt;
    WebhookSecret secret{Secret(words[0]), std::nullopt};
    if (words.size() == 2) {
      secret.not_after = ParseRfc3339(words[1]);
      if (!secret.not_after) return std::nullopt;
    }
    secrets.push_back(std::move(secret));
  }
  return secrets;
}

std::optional<Connection> ReadConnection(const FindSetting& find, const std::string& name) {
  const std::string prefix = "psp." + name + ".";
  const auto provider = find(prefix + "provider");
  const auto api_key = find(prefix + "api_key");
  const auto secrets = find(prefix + "webhook_secrets");
  std::vector<std::string> lines;
  for (const auto* key : {"receiving.bank", "receiving.crypto"}) {
    if (auto value = find(key)) {
      for (auto& line : Split(*value, "\n")) lines.push_back(std::move(line));
    }
  }
  // The first connection of a provider is named like it; the manual one needs nothing but something to receive on.
  const bool manual = name == "manual" && !lines.empty();
  if (!provider && !api_key && !secrets && !manual) return std::nullopt;

  Connection connection;
  connection.name = name;
  connection.provider = provider.value_or(name);
  connection.environment = EnvironmentOf(find(prefix + "environment").value_or(""), api_key.value_or(""));
  connection.api_key = Secret(api_key.value_or(""));
  connection.webhook_secrets = ParseWebhookSecrets(Split(secrets.value_or(""), ",\n")).value_or(std::vector<WebhookSecret>{});
  connection.receiving_lines = std::move(lines);
  connection.sign_requests = find(prefix + "sign_requests") != "off";
  if (const auto* row = FindProvider(connection.provider)) {
    for (const auto& field : row->fields) {
      if (auto value = find(prefix + field.name)) connection.fields.emplace(field.name, Secret(std::move(*value)));
    }
  }
  return connection;
}

}  // namespace quittance::billing::psp

// Encrypted per-tenant settings of one service: a table of the keys it knows, a cache of 5 s, and the SettingsService rpcs.
// Invariant: values are sealed at rest (also those that are not secret); a secret never comes back through an rpc.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/crypto/envelope.h"
#include "common/db/database.h"

namespace quittance::settings {

// One key this service knows. `pattern` may hold one * for a name in the middle or at the end: psp.*.api_key, telegram.channel.*
struct Key {
  std::string pattern;
  bool secret;
  std::string help;
  // The rule a value breaks, or nullopt.
  std::function<std::optional<std::string>(std::string_view value)> check = nullptr;
};

inline constexpr std::chrono::milliseconds kCacheAge{5000};
inline constexpr std::size_t kValueBytesMax = 8192;

// All settings of one tenant, decrypted, as read at one moment.
class Snapshot {
 public:
  std::optional<std::string> Find(std::string_view key) const;
  std::string Get(std::string_view key, std::string_view fallback = "") const;
  // Split at commas and line feeds, trimmed, empty parts dropped.
  std::vector<std::string> List(std::string_view key) const;
  std::map<std::string, std::string> WithPrefix(std::string_view prefix) const;

  std::map<std::string, std::string, std::less<>> values;
};

class Settings {
 public:
  Settings(std::vector<Key> table, db::Database& db, std::shared_ptr<const crypto::Keyring> keyring);
  ~Settings();

  // From the cache if younger than 5 s.
  Task<std::shared_ptr<const Snapshot>> For(TenantId tenant);

  const std::vector<Key>& table() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// The tenant's data key, made on first use. Table tenant_keys in every database.
std::string TenantKey(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring);

}  // namespace quittance::settings

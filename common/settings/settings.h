// Encrypted per-tenant settings of one service: a table of the keys it knows, a cache of 5 s, and the SettingsService rpcs.
// Invariant: values are sealed at rest (also those that are not secret); a secret never comes back through an rpc.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/core/time.h"
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
  // Says where money goes: once set, it is changed and deleted by two persons. Secrets are set by one and deleted by two.
  bool guarded = false;
};

// The row of the table a key belongs to, nullptr if none. A * stands for 1 to 64 lower case letters, digits, - and _.
const Key* FindKey(const std::vector<Key>& table, std::string_view key);

inline constexpr std::chrono::milliseconds kCacheAge{5000};
inline constexpr std::size_t kValueBytesMax = 8192;

// All settings of one tenant, decrypted, as read at one moment.
class Snapshot {
 public:
  std::optional<std::string> Find(std::string_view key) const;
  std::string Get(std::string_view key, std::string_view fallback = "") const;
  // Split at commas and line feeds, trimmed, empty parts dropped.
  std::vector<std::string> List(std::string_view key) const;
  // The settings whose keys begin with `prefix`, by the rest of their keys: "telegram.channel." gives {"default": …}.
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
  // The next For reads the database; the other processes follow within kCacheAge.
  void Forget(TenantId tenant);
  std::shared_ptr<const crypto::Keyring> impl_keyring() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct ChangeTag {
  static constexpr std::string_view kPrefix = "chg";
};
using ChangeId = Id<ChangeTag>;

// A change that one person has proposed.
struct Change {
  ChangeId id;
  std::string key;
  bool deletes = false;
  std::string proposed_by;
  TimePoint propose_time{};
};

// One setting as an rpc may show it.
struct View {
  std::string key;
  std::string value;  // empty for secrets
  bool is_set = false;
  bool secret = false;
  std::string last_four;  // of a secret of 12 or more characters
  std::string key_id;     // of the keyring key it is under
  std::string updated_by;
  TimePoint updated_at{};
  std::int64_t version = 0;
  std::string etag;
  std::optional<Change> pending = {};  // this call's change waits for a second person
};

struct PutSettingCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string key;
  std::string value;
  std::string etag;  // empty: whatever is there
};

// The wire form of a reply; the service knows the proto.
using Encode = std::function<std::string(const View&)>;

Task<Result<db::Reply>> PutSetting(Settings& settings, db::Database& db, PutSettingCommand command, TimePoint now, Encode encode);
// NOT_FOUND for a key this service does not know; a key it knows without a value is a View that is not set.
Task<Result<View>> GetSetting(Settings& settings, db::Database& db, Caller caller, std::string key);
Task<Result<std::vector<View>>> ListSettings(Settings& settings, db::Database& db, Caller caller, std::string prefix);

// The tenant's wrapped data key, made on first use. Table tenant_keys in every database. Its owner in crypto::Seal and crypto::Open is
// tenant.ToString().
std::string TenantKey(db::Tx& tx, TenantId tenant, const crypto::Keyring& keyring);
// The same of many tenants.
std::map<TenantId, std::string> TenantKeys(db::Tx& tx, const std::set<TenantId>& tenants, const crypto::Keyring& keyring);

}  // namespace quittance::settings

// AES-256-GCM under data keys that a keyring wraps. Invariant: a ciphertext opens only where it was sealed (AAD = tenant, table, column,
// row) and names the keyring key its data key is under. Any change of any byte is refused, tags are 16 bytes.
#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "common/core/fault.h"
#include "common/core/id.h"
#include "common/core/secret.h"

namespace quittance::crypto {

// A ciphertext that does not open: wrong place, changed bytes, or an unknown key id. A fault: data is damaged or a key is missing.
class Undecryptable : public Fault {
 public:
  using Fault::Fault;
};

// No such key in the keyring: destroyed, disabled, or another installation's. Told apart, because a keyring can be completed.
class UnknownKey : public Undecryptable {
 public:
  using Undecryptable::Undecryptable;
};

// Keys that wrap data keys, by id; the newest (highest id) wraps, all open. File: one line per key, `<id> <base64 of 32 bytes>`, #
// comments.
class Keyring {
 public:
  static Keyring Load(const std::filesystem::path& file);  // throws std::runtime_error that names the line, not the key
  explicit Keyring(std::map<std::uint32_t, Secret> keys);

  std::uint32_t newest() const;
  std::string Wrap(std::string_view data_key, std::string_view aad) const;
  std::string Unwrap(std::string_view wrapped, std::string_view aad) const;

  // The key with this id; UnknownKey. The oldest (lowest id) derives the blind indexes: before it is dropped, they must be built anew.
  const Secret& Get(std::uint32_t id) const;
  const Secret& oldest() const { return keys_.begin()->second; }

 private:
  std::map<std::uint32_t, Secret> keys_;
};

// Where a ciphertext lives.
struct Place {
  TenantId tenant;
  std::string_view table;
  std::string_view column;
  std::string_view row;
};

// Seals under a data key. A `wrapped` data key is stored by its owner (tenant_keys, user_keys tables).
std::string NewDataKey(const Keyring& keyring, std::string_view owner);  // returns the wrapped key; `owner` is bound as AAD
std::string Seal(const Keyring& keyring, std::string_view wrapped_key, std::string_view owner, const Place& place, std::string_view plain);
std::string Open(const Keyring& keyring, std::string_view wrapped_key, std::string_view owner, const Place& place, std::string_view sealed);
std::uint32_t KeyIdOf(std::string_view sealed);

// A value sealed under a fresh data key that travels with it: for tokens in events and secret replies. `context` is bound.
std::string SealWhole(const Keyring& keyring, std::string_view context, std::string_view plain);
std::string OpenWhole(const Keyring& keyring, std::string_view context, std::string_view sealed);

// Equality look-ups on encrypted columns: HMAC under a key derived for it.
std::string BlindIndex(const Keyring& keyring, std::string_view purpose, std::string_view normalized);

}  // namespace quittance::crypto

// A key that signs access tokens. The private key is here only as the ciphertext that is stored.
#pragma once

#include <optional>
#include <string>

#include "common/core/time.h"

namespace quittance::auth {

// Staged: published, signs nothing. Retired: verifies what it signed.
enum class KeyState { kStaged, kActive, kRetired };

struct SigningKey {
  std::string kid;
  std::string public_key;              // uncompressed P-256 point, 65 bytes
  std::string sealed_private_key;      // under the keyring
  KeyState state = KeyState::kStaged;  // the active one signs; all verify
  TimePoint created{};
  std::optional<TimePoint> retired = {};
};

std::string_view Name(KeyState state);
KeyState ParseKeyState(std::string_view name);  // of a stored row: anything else is a bug

}  // namespace quittance::auth

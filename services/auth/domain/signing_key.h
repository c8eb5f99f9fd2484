// A key that signs access tokens. The private key is here only as the ciphertext that is stored.
#pragma once

#include <string>

#include "common/core/time.h"

namespace quittance::auth {

struct SigningKey {
  std::string kid;
  std::string public_key;          // uncompressed P-256 point, 65 bytes
  std::string sealed_private_key;  // under the keyring
  bool active = false;             // this one signs; the others only verify
  TimePoint created{};
};

}  // namespace quittance::auth

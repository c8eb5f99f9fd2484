// Randomness from OpenSSL's generator. Invariant: a failure throws, it never gives weak bytes.
#pragma once

#include <string>

#include "common/core/uuid.h"

namespace quittance::crypto {

std::string RandomBytes(std::size_t count);
// 32 random bytes as unpadded base64url: tokens and client secrets.
std::string RandomToken();

// UUIDv7 (RFC 9562): ids sort by creation.
class RandomIds final : public IdGenerator {
 public:
  Uuid Next() override;
};

}  // namespace quittance::crypto

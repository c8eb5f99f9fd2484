// Opaque tokens: refresh tokens, proofs of an address, client secrets. Invariant: only SHA-256 of a secret is stored, and it is compared in
// constant time before anything changes. A token names its tenant, so that its rows are looked up inside that tenant's scope.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/core/id.h"
#include "common/core/secret.h"

namespace quittance::auth {

inline constexpr std::string_view kRefreshTokenPrefix = "qrt_";
inline constexpr std::string_view kEmailTokenPrefix = "qev_";
inline constexpr std::string_view kDeviceTokenPrefix = "qdv_";
inline constexpr std::string_view kChallengePrefix = "qmf_";
inline constexpr std::string_view kResetTokenPrefix = "qpr_";
inline constexpr std::string_view kMagicTokenPrefix = "qml_";

struct OpaqueToken {
  TenantId tenant;
  Uuid id;
  Secret secret;  // 32 bytes
};

// "qrt_" and base64url of tenant, id and secret.
std::string Format(std::string_view prefix, const OpaqueToken& token);
std::optional<OpaqueToken> ParseToken(std::string_view prefix, std::string_view text);

Secret NewTokenSecret();   // 32 random bytes
Secret NewClientSecret();  // 32 random bytes as text
std::string HashSecret(std::string_view secret);
bool SecretMatches(std::string_view secret, std::string_view stored_hash);

}  // namespace quittance::auth

// Access tokens under HS256 (RFC 7518 §3.2), for platforms that are configured so. Invariant: a verifier knows one algorithm alone: a token
// under ES256 is refused here as one under HS256 is by jwt.h; every secret has 32 bytes or more.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/crypto/jwt.h"

namespace quittance::crypto {

inline constexpr std::size_t kTokenSecretBytesMin = 32;
inline constexpr std::size_t kTokenSecretsMax = 4;

// What all our processes share.
class TokenSecrets {
 public:
  // One secret a line: the first signs, all verify, so that one can follow another. nullopt: none, too many, or one that is too short.
  static std::optional<TokenSecrets> Parse(const Secret& lines);

  struct Named {
    std::string kid;  // follows from the secret, and tells nothing of it
    Secret secret;
  };
  const Named& signing() const { return named_.front(); }
  const Named* Find(std::string_view kid) const;  // nullptr: none of ours

 private:
  explicit TokenSecrets(std::vector<Named> named) : named_(std::move(named)) {}
  std::vector<Named> named_;
};

std::string SignToken(const Claims& claims, const TokenSecrets& secrets);
// As VerifyToken of jwt.h.
Result<Claims> VerifyToken(std::string_view token, const TokenSecrets& secrets, std::string_view issuer, TimePoint now,
                           bool* time_only = nullptr);

}  // namespace quittance::crypto

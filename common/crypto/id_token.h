// OpenID Connect id tokens of other people's issuers: RS256 and ES256, keys from the issuer's own set. Invariant: the algorithm belongs to
// the key, never to the header; nothing of a token is believed before its signature.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/result.h"
#include "common/core/time.h"

namespace quittance::crypto {

// A key that verifies. ES256: the uncompressed P-256 point; RS256: modulus and exponent, big endian.
struct IssuerKey {
  enum class Algorithm { kEs256, kRs256 };
  std::string kid;
  Algorithm algorithm = Algorithm::kEs256;
  std::string point;
  std::string modulus, exponent;
};

// RFC 7517 set: the keys that are for signatures, have a kid and are of a kind we verify (RSA of 2048 to 8192 bits); others are left out.
// nullopt: not a set.
std::optional<std::vector<IssuerKey>> ParseJwks(const std::string& json);

// RFC 8017 §8.2.2 with SHA-256.
bool VerifyRs256(std::string_view message, std::string_view signature, const IssuerKey& key);

// What the token says of its person.
struct IdClaims {
  std::string subject;
  std::string email;  // empty: it says none
  bool email_verified = false;
};

// What it must say to be meant for us.
struct IdTokenWish {
  std::string issuer;
  std::vector<std::string> client_ids;  // one of them is the audience
  std::string nonce;
  TimePoint now{};
};

// The kid of the header; nullopt where this is no token we could verify. For asking the issuer anew.
std::optional<std::string> KidOfIdToken(std::string_view token);

// Signature, issuer, audience (and azp, where it is there or the audience is more than one), nonce, exp without leeway, iat and nbf with
// 30 s. nullopt without saying why.
std::optional<IdClaims> VerifyIdToken(std::string_view token, const std::vector<IssuerKey>& keys, const IdTokenWish& wish);

}  // namespace quittance::crypto

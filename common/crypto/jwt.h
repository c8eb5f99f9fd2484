// A small strict JWT module: ES256 only. Invariant: the algorithm belongs to the key, never to the header; `none`, jku, jwk, x5u, crit are
// refused.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/core/result.h"
#include "common/core/secret.h"
#include "common/core/time.h"

namespace quittance::crypto {

struct Claims {
  std::string issuer, audience, subject, tenant, session, scope, jti;
  std::vector<std::string> roles;
  std::vector<std::string> amr = {};            // how a person proved who they are (RFC 8176); empty for machines
  std::optional<TimePoint> authenticated = {};  // auth_time: when they proved it
  std::int64_t epoch = 0;
  TimePoint issued{}, expires{};
};

// P-256 key pairs. The public key is the uncompressed point (65 bytes), the private key is DER.
struct KeyPair {
  std::string public_key;
  Secret private_key;
};
KeyPair NewEs256Key();

// A private key that is ready to sign, on any thread. Reading one from its DER costs as much as twenty signatures, so whoever signs often
// keeps it.
class PrivateKey {
 public:
  explicit PrivateKey(const Secret& der);  // throws Fault for anything but an EC key
  ~PrivateKey();
  PrivateKey(PrivateKey&&) noexcept;

 private:
  friend std::string SignEs256(std::string_view message, const PrivateKey& key);
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

std::string SignToken(const Claims& claims, std::string_view kid, const PrivateKey& private_key);

// Public key of a kid, or nullopt.
using KeyLookup = std::function<std::optional<std::string>(std::string_view kid)>;

// Signature, issuer, audience "quittance", exp without leeway, iat (and nbf, where there is one) with 30 s for clocks that differ.
// UNAUTHENTICATED TOKEN_INVALID without saying which part; `time_only` becomes true where everything but its times was right, for our own
// metrics: many of those are a clock that is off.
Result<Claims> VerifyToken(std::string_view token, const KeyLookup& keys, std::string_view issuer, TimePoint now,
                           bool* time_only = nullptr);

// The signature alone (RFC 7518 §3.4): 64 bytes r || s, never DER. Ours have a low s, and VerifyToken wants one: one token, one spelling.
std::string SignEs256(std::string_view message, const PrivateKey& key);
bool VerifyEs256(std::string_view message, std::string_view signature, std::string_view public_key);
bool HasLowS(std::string_view signature);

// RFC 7517 JWK set of public keys.
std::string JwksJson(const std::vector<std::pair<std::string, std::string>>& kid_and_public_key);

}  // namespace quittance::crypto

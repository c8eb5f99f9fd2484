// Signs access tokens with the platform's active key, or with the secret that the operator has configured. The keys come from the table
// signing_keys and are read again at every trust poll. Invariant: without an active key nothing is signed: a fault, never an unsigned
// token.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/core/id.h"
#include "common/core/secret.h"
#include "common/core/time.h"
#include "common/crypto/token_secrets.h"
#include "services/auth/domain/signing_key.h"

namespace quittance::auth {

class Vault;

// What a token says.
struct TokenClaims {
  TenantId tenant;
  std::string subject;               // usr_… or svc_…
  std::optional<SessionId> session;  // people only
  std::vector<std::string> scopes;
  std::vector<std::string> roles;
  std::vector<std::string> amr = {};            // people only
  std::optional<TimePoint> authenticated = {};  // people only
  std::int64_t epoch = 0;
  Uuid jti;
  TimePoint issued{};
  TimePoint expires{};
};

class Signer {
 public:
  // `secrets` (QUITTANCE_TOKEN_SECRET): HS256 instead of ES256; empty or well formed.
  Signer(std::string issuer, const Vault& vault, const Secret& secrets = {});
  ~Signer();

  // Takes the active one of `keys`; opens its private key only when it is another one than before.
  void Load(const std::vector<SigningKey>& keys);
  bool Ready() const;
  bool UsesSecrets() const { return secrets_.has_value(); }

  std::string Sign(const TokenClaims& claims) const;  // throws Fault without a key

 private:
  struct Active;
  const std::string issuer_;
  const Vault& vault_;
  const std::optional<crypto::TokenSecrets> secrets_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Active> active_;
};

// A fresh key, active, its private half sealed.
SigningKey NewSigningKey(const Vault& vault, TimePoint now);

// RFC 7517 set of the public halves.
std::string Jwks(const std::vector<SigningKey>& keys);

}  // namespace quittance::auth

// Signing over common/crypto/jwt. The kid is a thumbprint of the public key, so that no two keys share one.
#include "services/auth/credentials/signer.h"

#include "common/core/check.h"
#include "common/core/fault.h"
#include "common/crypto/hmac.h"
#include "services/auth/credentials/vault.h"
#include "services/auth/domain/scopes.h"

namespace quittance::auth {
namespace {

constexpr std::string_view kAudience = "quittance";
constexpr std::size_t kKidBytes = 16;

std::string KidOf(std::string_view public_key) {
  return crypto::Base64Url(crypto::AsView(crypto::Sha256(public_key)).substr(0, kKidBytes));
}

}  // namespace

struct Signer::Active {
  std::string kid;
  crypto::PrivateKey private_key;
};

Signer::Signer(std::string issuer, const Vault& vault, const Secret& secrets)
    : issuer_(std::move(issuer)), vault_(vault), secrets_(crypto::TokenSecrets::Parse(secrets)) {
  CHECK(secrets.empty() == !secrets_);  // read by service::ReadBase
}

Signer::~Signer() = default;

void Signer::Load(const std::vector<SigningKey>& keys) {
  for (const SigningKey& key : keys) {
    if (key.state != KeyState::kActive) continue;
    {
      const std::lock_guard lock(mutex_);
      if (active_ && active_->kid == key.kid) return;
    }
    auto active =
        std::make_shared<const Active>(Active{key.kid, crypto::PrivateKey(vault_.OpenSigningKey(key.kid, key.sealed_private_key))});
    const std::lock_guard lock(mutex_);
    active_ = std::move(active);
    return;
  }
}

bool Signer::Ready() const {
  const std::lock_guard lock(mutex_);
  return active_ != nullptr;
}

std::string Signer::Sign(const TokenClaims& claims) const {
  std::shared_ptr<const Active> active;
  {
    const std::lock_guard lock(mutex_);
    active = active_;
  }
  if (!active) throw Fault("no signing key is loaded");
  crypto::Claims out;
  out.issuer = issuer_;
  out.audience = kAudience;
  out.subject = claims.subject;
  out.tenant = claims.tenant.ToString();
  out.session = claims.session ? claims.session->ToString() : "";
  out.scope = JoinScopes(claims.scopes);
  out.roles = claims.roles;
  out.amr = claims.amr;
  out.authenticated = claims.authenticated;
  out.epoch = claims.epoch;
  out.jti = claims.jti.Hex();
  out.issued = claims.issued;
  out.expires = claims.expires;
  if (secrets_) return crypto::SignToken(out, *secrets_);
  return crypto::SignToken(out, active->kid, active->private_key);
}

SigningKey NewSigningKey(const Vault& vault, TimePoint now) {
  const crypto::KeyPair pair = crypto::NewEs256Key();
  const std::string kid = KidOf(pair.public_key);
  return {.kid = kid,
          .public_key = pair.public_key,
          .sealed_private_key = vault.SealSigningKey(kid, pair.private_key),
          .state = KeyState::kActive,
          .created = now};
}

std::string Jwks(const std::vector<SigningKey>& keys) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const SigningKey& key : keys) pairs.emplace_back(key.kid, key.public_key);
  return crypto::JwksJson(pairs);
}

}  // namespace quittance::auth

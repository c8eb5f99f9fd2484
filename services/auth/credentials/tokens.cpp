// Opaque tokens: their text form and their hash.
#include "services/auth/credentials/tokens.h"

#include "common/crypto/hmac.h"
#include "common/crypto/random.h"

namespace quittance::auth {
namespace {

constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kTokenTextBytes = 86;  // base64url of 64 bytes without padding

std::string Raw(const Uuid& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

Uuid FromRaw(std::string_view bytes) {
  Uuid id;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

}  // namespace

std::string Format(std::string_view prefix, const OpaqueToken& token) {
  return std::string(prefix) + crypto::Base64Url(Raw(token.tenant.uuid) + Raw(token.id) + std::string(token.secret.Reveal()));
}

std::optional<OpaqueToken> ParseToken(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + kTokenTextBytes || !text.starts_with(prefix)) return std::nullopt;
  const auto bytes = crypto::UnBase64Url(text.substr(prefix.size()));
  if (!bytes || bytes->size() != 2 * kUuidBytes + kSecretBytes) return std::nullopt;
  const std::string_view view = *bytes;
  return OpaqueToken{TenantId{FromRaw(view.substr(0, kUuidBytes))}, FromRaw(view.substr(kUuidBytes, kUuidBytes)),
                     Secret(std::string(view.substr(2 * kUuidBytes)))};
}

Secret NewTokenSecret() { return Secret(crypto::RandomBytes(kSecretBytes)); }

Secret NewClientSecret() { return Secret(crypto::RandomToken()); }

std::string HashSecret(std::string_view secret) { return std::string(crypto::AsView(crypto::Sha256(secret))); }

bool SecretMatches(std::string_view secret, std::string_view stored_hash) {
  return crypto::ConstantTimeEqual(HashSecret(secret), stored_hash);
}

}  // namespace quittance::auth

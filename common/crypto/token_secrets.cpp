// Reading the secrets of HS256; signing and verifying are jwt.cpp's.
#include "common/crypto/token_secrets.h"

#include <algorithm>

#include "common/crypto/hmac.h"

namespace quittance::crypto {
namespace {

constexpr std::string_view kKidLabel = "quittance token secret";
constexpr std::size_t kKidMacBytes = 16;

std::string KidOfSecret(std::string_view secret) {
  const Digest mac = HmacSha256(secret, kKidLabel);
  return Base64Url(AsView(mac).substr(0, kKidMacBytes));
}

}  // namespace

std::optional<TokenSecrets> TokenSecrets::Parse(const Secret& lines) {
  std::vector<Named> named;
  std::string_view rest = lines.Reveal();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.size() < kTokenSecretBytesMin || named.size() == kTokenSecretsMax) return std::nullopt;
    named.push_back({KidOfSecret(line), Secret(std::string(line))});
  }
  if (named.empty()) return std::nullopt;
  return TokenSecrets(std::move(named));
}

const TokenSecrets::Named* TokenSecrets::Find(std::string_view kid) const {
  for (const Named& each : named_) {
    if (each.kid == kid) return &each;
  }
  return nullptr;
}

}  // namespace quittance::crypto

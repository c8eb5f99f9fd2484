// Checks in the order of OpenID Connect Core 1.0 §3.1.3.7, the signature first.
#include "common/crypto/id_token.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/crypto/hmac.h"
#include "common/crypto/jose.h"
#include "common/crypto/jwt.h"

namespace quittance::crypto {
namespace {

using nlohmann::json;

constexpr std::size_t kIdTokenBytesMax = 16 * 1024;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kKeysMax = 64;
constexpr std::size_t kModulusBytesMin = 256;
constexpr std::size_t kModulusBytesMax = 1024;
constexpr int kIdTokenDepthMax = 6;

std::string TextAt(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<TimePoint> TimeAt(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(jose::kSecondsMax)) return std::nullopt;
  const auto seconds = found->get<std::int64_t>();
  if (seconds < 0 || seconds > jose::kSecondsMax) return std::nullopt;
  return FromUnixSeconds(seconds);
}

struct IdParts {
  json header;
  jose::Parts parts;
};

std::optional<IdParts> SplitIdToken(std::string_view token) {
  auto parts = jose::Split(token, kIdTokenBytesMax);
  if (!parts) return std::nullopt;
  auto header = jose::ParseObject(parts->header, kIdTokenDepthMax);
  // What must be understood (crit) is not; keys that the token brings along are not looked at.
  if (!header || header->contains("crit")) return std::nullopt;
  return IdParts{*std::move(header), *std::move(parts)};
}

const char* NameOf(IssuerKey::Algorithm algorithm) { return algorithm == IssuerKey::Algorithm::kEs256 ? "ES256" : "RS256"; }

bool IsSigned(const IdParts& token, const std::vector<IssuerKey>& keys) {
  const auto& [header, parts] = token;
  const std::string kid = TextAt(header, "kid");
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const IssuerKey& each) { return each.kid == kid; });
  if (kid.empty() || key == keys.end() || TextAt(header, "alg") != NameOf(key->algorithm)) return false;
  return key->algorithm == IssuerKey::Algorithm::kEs256 ? VerifyEs256(parts.signed_bytes, parts.signature, key->point)
                                                        : VerifyRs256(parts.signed_bytes, parts.signature, *key);
}

bool IsOneOf(const std::string& name, const std::vector<std::string>& names) {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

bool IsForUs(const json& claims, const std::vector<std::string>& client_ids) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  const bool several = audience->is_array() && audience->size() > 1;
  bool named = audience->is_string() && IsOneOf(audience->get<std::string>(), client_ids);
  if (audience->is_array()) {
    for (const json& each : *audience) named |= each.is_string() && IsOneOf(each.get<std::string>(), client_ids);
  }
  if (!named) return false;
  return claims.contains("azp") || several ? IsOneOf(TextAt(claims, "azp"), client_ids) : true;
}

bool IsNow(const json& claims, TimePoint now) {
  const TimePoint latest = now + std::chrono::seconds(jose::kLeewaySeconds);
  const auto expires = TimeAt(claims, "exp");
  const auto issued = TimeAt(claims, "iat");
  if (!expires || *expires <= now || !issued || *issued > latest) return false;
  if (!claims.contains("nbf")) return true;
  const auto not_before = TimeAt(claims, "nbf");
  return not_before && *not_before <= latest;
}

// Apple says it as a text.
bool IsTrue(const json& claims, const char* name) {
  const auto found = claims.find(name);
  return found != claims.end() && (found->is_boolean() ? found->get<bool>() : found->is_string() && found->get<std::string>() == "true");
}

std::optional<IssuerKey> ReadKey(const json& object) {
  if (!object.is_object()) return std::nullopt;
  IssuerKey key;
  key.kid = TextAt(object, "kid");
  const std::string use = TextAt(object, "use");
  const std::string algorithm = TextAt(object, "alg");
  if (key.kid.empty() || key.kid.size() > kNameBytesMax || (!use.empty() && use != "sig")) return std::nullopt;
  if (TextAt(object, "kty") == "EC" && TextAt(object, "crv") == "P-256" && (algorithm.empty() || algorithm == "ES256")) {
    const auto x = UnBase64Url(TextAt(object, "x"));
    const auto y = UnBase64Url(TextAt(object, "y"));
    if (!x || !y || x->size() != 32 || y->size() != 32) return std::nullopt;
    key.point = "\x04" + *x + *y;
    return key;
  }
  if (TextAt(object, "kty") == "RSA" && (algorithm.empty() || algorithm == "RS256")) {
    const auto n = UnBase64Url(TextAt(object, "n"));
    const auto e = UnBase64Url(TextAt(object, "e"));
    if (!n || !e || n->size() < kModulusBytesMin || n->size() > kModulusBytesMax || e->empty() || e->size() > 4) return std::nullopt;
    key.algorithm = IssuerKey::Algorithm::kRs256;
    key.modulus = *n;
    key.exponent = *e;
    return key;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<IssuerKey>> ParseJwks(const std::string& text) {
  const auto set = jose::ParseObject(text, kIdTokenDepthMax);
  if (!set) return std::nullopt;
  const auto keys = set->find("keys");
  if (keys == set->end() || !keys->is_array() || keys->size() > kKeysMax) return std::nullopt;
  std::vector<IssuerKey> read;
  for (const json& each : *keys) {
    if (auto key = ReadKey(each)) read.push_back(*std::move(key));
  }
  return read;
}

std::optional<std::string> KidOfIdToken(std::string_view token) {
  const auto split = SplitIdToken(token);
  if (!split) return std::nullopt;
  std::string kid = TextAt(split->header, "kid");
  const std::string algorithm = TextAt(split->header, "alg");
  if (kid.empty() || kid.size() > kNameBytesMax || (algorithm != "ES256" && algorithm != "RS256")) return std::nullopt;
  return kid;
}

std::optional<IdClaims> VerifyIdToken(std::string_view token, const std::vector<IssuerKey>& keys, const IdTokenWish& wish) {
  const auto split = SplitIdToken(token);
  if (!split || !IsSigned(*split, keys)) return std::nullopt;
  const auto claims = jose::ParseObject(split->parts.claims, kIdTokenDepthMax);
  if (!claims || wish.issuer.empty() || TextAt(*claims, "iss") != wish.issuer || !IsForUs(*claims, wish.client_ids)) return std::nullopt;
  if (!IsNow(*claims, wish.now)) return std::nullopt;
  if (wish.nonce.empty() || !ConstantTimeEqual(TextAt(*claims, "nonce"), wish.nonce)) return std::nullopt;
  IdClaims said{TextAt(*claims, "sub"), TextAt(*claims, "email"), IsTrue(*claims, "email_verified")};
  if (said.subject.empty() || said.subject.size() > kNameBytesMax) return std::nullopt;
  return said;
}

}  // namespace quittance::crypto

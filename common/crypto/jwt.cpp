// Tokens: what they say (JSON) and how they are checked. The signature's arithmetic is es256.cpp's.
// Invariant: nothing of a token is believed before its signature, the header least of all: it may only name a key of ours.
#include "common/crypto/jwt.h"

#include <nlohmann/json.hpp>

#include "common/core/check.h"
#include "common/crypto/hmac.h"
#include "common/crypto/jose.h"
#include "common/crypto/token_secrets.h"

namespace quittance::crypto {
namespace {

using nlohmann::json;

constexpr std::size_t kOwnTokenBytesMax = 8192;
constexpr std::string_view kEs256 = "ES256";
constexpr std::string_view kHs256 = "HS256";
constexpr std::size_t kKidBytesMax = 64;
constexpr std::string_view kAudience = "quittance";
constexpr int kOwnDepthMax = 2;  // a flat object, arrays of scalars at most

Error Invalid() { return Unauthenticated(Reason::kTokenInvalid, "the access token is not valid"); }

// The kid of a header that has exactly alg, kid and typ, as ours do. Everything else (jku, jwk, x5u, crit, …) is refused by that.
std::optional<std::string> KidOf(const std::string& header_text, std::string_view algorithm) {
  const auto header = jose::ParseObject(header_text, kOwnDepthMax);
  if (!header || header->size() != 3) return std::nullopt;
  const auto is = [&](const char* name, std::string_view wanted) {
    const auto found = header->find(name);
    return found != header->end() && found->is_string() && found->get_ref<const std::string&>() == wanted;
  };
  if (!is("alg", algorithm) || !is("typ", "JWT")) return std::nullopt;
  const auto kid = header->find("kid");
  if (kid == header->end() || !kid->is_string()) return std::nullopt;
  const auto& text = kid->get_ref<const std::string&>();
  if (text.empty() || text.size() > kKidBytesMax) return std::nullopt;
  return text;
}

bool ReadText(const json& object, const char* name, std::string& to) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return false;
  to = found->get<std::string>();
  return true;
}

bool ReadNumber(const json& object, const char* name, std::int64_t& to) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return false;
  if (found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return false;
  to = found->get<std::int64_t>();
  return true;
}

bool ReadTexts(const json& object, const char* name, std::vector<std::string>& to) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_array()) return false;
  for (const auto& text : *found) {
    if (!text.is_string()) return false;
    to.push_back(text.get<std::string>());
  }
  return true;
}

bool IsPlausible(std::int64_t seconds) { return seconds >= 0 && seconds <= jose::kSecondsMax; }

// auth_time and amr: both or none, for people alone.
bool ReadProof(const json& object, Claims& claims) {
  if (!object.contains("auth_time") && !object.contains("amr")) return true;
  std::int64_t authenticated = 0;
  if (!ReadNumber(object, "auth_time", authenticated) || !IsPlausible(authenticated)) return false;
  claims.authenticated = FromUnixSeconds(authenticated);
  return ReadTexts(object, "amr", claims.amr);
}

std::optional<Claims> ReadClaims(const json& object) {
  Claims claims;
  std::int64_t issued = 0;
  std::int64_t expires = 0;
  const bool complete =
      ReadText(object, "iss", claims.issuer) && ReadText(object, "aud", claims.audience) && ReadText(object, "sub", claims.subject) &&
      ReadText(object, "tid", claims.tenant) && ReadText(object, "sid", claims.session) && ReadText(object, "scope", claims.scope) &&
      ReadText(object, "jti", claims.jti) && ReadTexts(object, "roles", claims.roles) && ReadNumber(object, "epoch", claims.epoch) &&
      ReadNumber(object, "iat", issued) && ReadNumber(object, "exp", expires);
  if (!complete || !IsPlausible(issued) || !IsPlausible(expires) || expires <= issued) return std::nullopt;
  claims.issued = FromUnixSeconds(issued);
  claims.expires = FromUnixSeconds(expires);
  if (!ReadProof(object, claims)) return std::nullopt;
  return claims;
}

bool IsBeforeStart(const json& object, TimePoint now) {
  const TimePoint latest = now + std::chrono::seconds(jose::kLeewaySeconds);
  std::int64_t not_before = 0;
  if (!object.contains("nbf")) return false;
  return !ReadNumber(object, "nbf", not_before) || !IsPlausible(not_before) || FromUnixSeconds(not_before) > latest;
}

// What is signed.
std::string MessageOf(const Claims& claims, std::string_view algorithm, std::string_view kid) {
  const json header = {{"alg", algorithm}, {"kid", kid}, {"typ", "JWT"}};
  json body = {{"iss", claims.issuer},
               {"aud", claims.audience},
               {"sub", claims.subject},
               {"tid", claims.tenant},
               {"sid", claims.session},
               {"scope", claims.scope},
               {"roles", claims.roles},
               {"epoch", claims.epoch},
               {"jti", claims.jti},
               {"iat", UnixSeconds(claims.issued)},
               {"exp", UnixSeconds(claims.expires)}};
  if (claims.authenticated) {
    body["auth_time"] = UnixSeconds(*claims.authenticated);
    body["amr"] = claims.amr;
  }
  return Base64Url(header.dump()) + "." + Base64Url(body.dump());
}

// After the signature.
Result<Claims> Judge(const jose::Parts& parts, std::string_view issuer, TimePoint now, bool* time_only) {
  const auto object = jose::ParseObject(parts.claims, kOwnDepthMax);
  if (!object) return Invalid();
  auto claims = ReadClaims(*object);
  if (!claims || claims->issuer != issuer || claims->audience != kAudience || claims->subject.empty()) return Invalid();
  if (claims->expires <= now || claims->issued > now + std::chrono::seconds(jose::kLeewaySeconds) || IsBeforeStart(*object, now)) {
    if (time_only != nullptr) *time_only = true;
    return Invalid();
  }
  return std::move(*claims);
}

}  // namespace

std::string SignToken(const Claims& claims, std::string_view kid, const PrivateKey& private_key) {
  const std::string message = MessageOf(claims, kEs256, kid);
  return message + "." + Base64Url(SignEs256(message, private_key));
}

Result<Claims> VerifyToken(std::string_view token, const KeyLookup& keys, std::string_view issuer, TimePoint now, bool* time_only) {
  const auto parts = jose::Split(token, kOwnTokenBytesMax);
  if (!parts) return Invalid();
  const auto kid = KidOf(parts->header, kEs256);
  if (!kid) return Invalid();
  const auto public_key = keys(*kid);
  if (!public_key || !HasLowS(parts->signature) || !VerifyEs256(parts->signed_bytes, parts->signature, *public_key)) return Invalid();
  return Judge(*parts, issuer, now, time_only);
}

std::string SignToken(const Claims& claims, const TokenSecrets& secrets) {
  const auto& [kid, secret] = secrets.signing();
  const std::string message = MessageOf(claims, kHs256, kid);
  return message + "." + Base64Url(AsView(HmacSha256(secret.Reveal(), message)));
}

Result<Claims> VerifyToken(std::string_view token, const TokenSecrets& secrets, std::string_view issuer, TimePoint now, bool* time_only) {
  const auto parts = jose::Split(token, kOwnTokenBytesMax);
  if (!parts) return Invalid();
  const auto kid = KidOf(parts->header, kHs256);
  const TokenSecrets::Named* const named = kid ? secrets.Find(*kid) : nullptr;
  if (named == nullptr) return Invalid();
  const Digest mac = HmacSha256(named->secret.Reveal(), parts->signed_bytes);
  if (!ConstantTimeEqual(parts->signature, AsView(mac))) return Invalid();
  return Judge(*parts, issuer, now, time_only);
}

std::string JwksJson(const std::vector<std::pair<std::string, std::string>>& kid_and_public_key) {
  json keys = json::array();
  for (const auto& [kid, point] : kid_and_public_key) {
    CHECK(point.size() == 65 && point[0] == 4);
    keys.push_back({{"kty", "EC"},
                    {"crv", "P-256"},
                    {"alg", "ES256"},
                    {"use", "sig"},
                    {"kid", kid},
                    {"x", Base64Url(std::string_view(point).substr(1, 32))},
                    {"y", Base64Url(std::string_view(point).substr(33, 32))}});
  }
  return json{{"keys", std::move(keys)}}.dump();
}

}  // namespace quittance::crypto

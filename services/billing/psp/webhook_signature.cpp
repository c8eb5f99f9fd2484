// Signatures. Invariant: verification reads raw bytes; malformed input of any shape is a refusal, never an exception, never an early
// accept.
#include "services/billing/psp/webhook_signature.h"

#include <algorithm>

#include "common/crypto/hmac.h"

namespace quittance::billing::psp {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view name, std::string_view lower) {
  return name.size() == lower.size() && std::equal(name.begin(), name.end(), lower.begin(), [](char a, char b) { return Lower(a) == b; });
}

}  // namespace

std::string_view Name(Rejection rejection) {
  switch (rejection) {
    case Rejection::kNoSecret:
      return "no_secret";
    case Rejection::kSignatureMissing:
      return "signature_missing";
    case Rejection::kSignatureMalformed:
      return "signature_malformed";
    case Rejection::kTimestampMalformed:
      return "timestamp_malformed";
    case Rejection::kTimestampOutside:
      return "timestamp_outside";
    case Rejection::kSignatureWrong:
      return "signature_wrong";
    case Rejection::kCertificateUntrusted:
      return "certificate_untrusted";
    case Rejection::kCredentialsWrong:
      return "credentials_wrong";
  }
  CHECK(false);
}

std::optional<std::string_view> SingleHeader(const RawWebhook& webhook, std::string_view lower_case_name) {
  const RawHeader* found = nullptr;
  for (const auto& header : webhook.headers) {
    if (!SameName(header.name, lower_case_name)) continue;
    if (found != nullptr) return std::nullopt;
    found = &header;
  }
  if (found == nullptr) return std::nullopt;
  return found->value;
}

std::optional<std::int64_t> ParseUnixSeconds(std::string_view text) {
  if (text.empty() || text.size() > 12 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::string> ParseHexSignature(std::string_view text) {
  bool upper = false;
  for (const char c : text) upper |= c >= 'A' && c <= 'F';
  if (text.size() != 64 || upper) return std::nullopt;
  return crypto::UnHex(text);
}

bool WithinTolerance(std::int64_t seconds, TimePoint now) {
  const auto difference = UnixSeconds(now) - seconds;
  return difference <= kTolerance.count() && difference >= -kTolerance.count();
}

bool AnyMatches(const std::vector<WebhookSecret>& secrets, const std::vector<std::string>& signatures,
                std::initializer_list<std::string_view> message, TimePoint now) {
  bool matches = false;
  for (const auto& secret : secrets) {
    if (secret.not_after && *secret.not_after < now) continue;
    const auto mac = crypto::HmacSha256(secret.bytes.Reveal(), message);
    for (const auto& signature : signatures) matches |= crypto::ConstantTimeEqual(crypto::AsView(mac), signature);
  }
  return matches;
}

OutgoingSignature SignOutgoing(const Secret& key, std::string_view body, TimePoint now) {
  const auto timestamp = std::to_string(UnixSeconds(now));
  const auto mac = crypto::HmacSha256(key.Reveal(), timestamp + "." + std::string(body));
  return {timestamp, "v1=" + crypto::Hex(mac)};
}

}  // namespace quittance::billing::psp

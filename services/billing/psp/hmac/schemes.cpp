// The body of schemes.h.
#include "services/billing/psp/hmac/schemes.h"

#include <algorithm>

#include "common/crypto/hmac.h"
#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp::hmac {
namespace {

constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kIdMax = 255;

// A dot would let a byte move from the id into the timestamp under the same signature.
bool IsWebhookId(std::string_view id) {
  return !id.empty() && id.size() <= kIdMax &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '.'; });
}

std::vector<WebhookSecret> Decoded(const std::vector<WebhookSecret>& secrets) {
  constexpr std::string_view kPrefix = "whsec_";
  std::vector<WebhookSecret> decoded;
  for (const auto& secret : secrets) {
    auto text = std::string(secret.bytes.Reveal());
    if (text.starts_with(kPrefix)) text.erase(0, kPrefix.size());
    while (text.size() % 4 != 0) text += '=';
    if (auto bytes = crypto::UnBase64(text); bytes && !bytes->empty()) decoded.push_back({Secret(std::move(*bytes)), secret.not_after});
  }
  return decoded;
}

// The v1 values of "v1,<base64> v1,<base64> v1a,…"; other versions are other algorithms and never ours.
std::optional<std::vector<std::string>> Signatures(std::string_view header) {
  std::vector<std::string> signatures;
  std::size_t seen = 0;
  while (!header.empty()) {
    const auto end = std::min(header.find(' '), header.size());
    const auto item = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    if (++seen > 2 * kSignaturesMax) return std::nullopt;
    if (!item.starts_with("v1,")) continue;
    auto bytes = crypto::UnBase64(item.substr(3));
    if (bytes && bytes->size() == kMacBytes) signatures.push_back(std::move(*bytes));
  }
  if (signatures.empty() || signatures.size() > kSignaturesMax) return std::nullopt;
  return signatures;
}

}  // namespace

std::optional<Scheme> SchemeNamed(std::string_view name) {
  if (name.empty() || name == "timestamped") return Scheme::kTimestamped;
  if (name == "body_only") return Scheme::kBodyOnly;
  return name == "standard" ? std::optional(Scheme::kStandard) : std::nullopt;
}

std::optional<Rejection> VerifyBodyOnly(const Connection& connection, const RawWebhook& webhook, TimePoint now) {
  constexpr std::string_view kPrefix = "sha256=";
  if (connection.webhook_secrets.empty()) return Rejection::kNoSecret;
  const auto header = SingleHeader(webhook, "x-signature");
  if (!header || header->empty()) return Rejection::kSignatureMissing;
  const auto bytes = ParseHexSignature(header->starts_with(kPrefix) ? header->substr(kPrefix.size()) : *header);
  if (!bytes) return Rejection::kSignatureMalformed;
  if (!AnyMatches(connection.webhook_secrets, {*bytes}, {webhook.body}, now)) return Rejection::kSignatureWrong;
  return std::nullopt;
}

std::optional<Rejection> VerifyStandard(const Connection& connection, const RawWebhook& webhook, TimePoint now) {
  const auto secrets = Decoded(connection.webhook_secrets);
  if (secrets.empty()) return Rejection::kNoSecret;
  const auto id = SingleHeader(webhook, "webhook-id"), time = SingleHeader(webhook, "webhook-timestamp");
  const auto header = SingleHeader(webhook, "webhook-signature");
  if (!header || header->empty()) return Rejection::kSignatureMissing;
  const auto seconds = time ? ParseUnixSeconds(*time) : std::nullopt;
  if (!seconds) return Rejection::kTimestampMalformed;
  const auto signatures = Signatures(*header);
  if (!signatures || !id || !IsWebhookId(*id)) return Rejection::kSignatureMalformed;
  if (!WithinTolerance(*seconds, now)) return Rejection::kTimestampOutside;
  if (!AnyMatches(secrets, *signatures, {*id, ".", *time, ".", webhook.body}, now)) return Rejection::kSignatureWrong;
  return std::nullopt;
}

}  // namespace quittance::billing::psp::hmac

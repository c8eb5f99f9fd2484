// The body of signature.h. PayPal signs a time but states no tolerance and sends again for three days: what is older than four is refused,
// and the unique event id is what keeps a replay from counting.
#include "services/billing/psp/paypal/signature.h"

#include <algorithm>
#include <array>

#include "common/crypto/hmac.h"
#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp::paypal {
namespace {

constexpr Duration kOldest = std::chrono::days(4);
constexpr std::size_t kTransmissionIdMax = 255;

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xEDB88320U : crc >> 1U;
    table[i] = crc;
  }
  return table;
}();

bool IsTransmissionId(std::string_view id) {
  return !id.empty() && id.size() <= kTransmissionIdMax &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '|'; });
}

}  // namespace

std::uint32_t Crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
  return crc ^ 0xFFFFFFFFU;
}

std::optional<std::string> CertificateUrl(const RawWebhook& webhook) {
  const auto url = SingleHeader(webhook, "paypal-cert-url");
  return url ? std::optional(std::string(*url)) : std::nullopt;
}

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, const Certificates& certificates, TimePoint now) {
  if (connection.webhook_secrets.empty()) return Rejection::kNoSecret;
  const auto id = SingleHeader(webhook, "paypal-transmission-id"), time = SingleHeader(webhook, "paypal-transmission-time");
  const auto header = SingleHeader(webhook, "paypal-transmission-sig"), algorithm = SingleHeader(webhook, "paypal-auth-algo");
  const auto url = CertificateUrl(webhook);
  if (!header || header->empty()) return Rejection::kSignatureMissing;
  const auto sent = time ? ParseRfc3339(*time) : std::nullopt;
  if (!sent) return Rejection::kTimestampMalformed;
  const auto signature = crypto::UnBase64(*header);
  if (!signature || signature->empty() || !id || !IsTransmissionId(*id) || algorithm != "SHA256withRSA" || !url)
    return Rejection::kSignatureMalformed;
  if (*sent < now - kOldest || *sent > now + Duration(kTolerance)) return Rejection::kTimestampOutside;
  if (certificates.PinOf(*url) == Certificates::Pin::kRefused) return Rejection::kCertificateUntrusted;
  const auto known = certificates.Find(*url, now);
  if (!known || !known->certificate) return Rejection::kCertificateUntrusted;
  const auto crc = std::to_string(Crc32(webhook.body));
  for (const auto& webhook_id : connection.webhook_secrets) {
    if (webhook_id.not_after && *webhook_id.not_after < now) continue;
    const auto message = std::string(*id) + "|" + std::string(*time) + "|" + std::string(webhook_id.bytes.Reveal()) + "|" + crc;
    if (known->certificate->Verifies(message, *signature)) return std::nullopt;
  }
  return Rejection::kSignatureWrong;
}

}  // namespace quittance::billing::psp::paypal

// Verification of Stripe's webhooks. Schemes other than v1 are skipped, a second `t` is refused, malformed v1 values never match.
#include "services/billing/psp/stripe/signature.h"

#include "services/billing/psp/webhook_signature.h"

namespace quittance::billing::psp::stripe {
namespace {

struct Parts {
  std::optional<std::string_view> timestamp;
  std::vector<std::string> signatures;
  bool well_formed = true;
};

Parts Split(std::string_view header) {
  Parts parts;
  std::size_t seen = 0;
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    const auto item = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) return {std::nullopt, {}, false};
    const auto name = item.substr(0, equals), value = item.substr(equals + 1);
    if (name == "t") {
      if (parts.timestamp) return {std::nullopt, {}, false};
      parts.timestamp = value;
    } else if (name == "v1") {
      if (++seen > kSignaturesMax) return {std::nullopt, {}, false};
      if (auto bytes = ParseHexSignature(value)) parts.signatures.push_back(std::move(*bytes));
    }
  }
  return parts;
}

}  // namespace

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) {
  if (connection.webhook_secrets.empty()) return Rejection::kNoSecret;
  const auto header = SingleHeader(webhook, "stripe-signature");
  if (!header || header->empty()) return Rejection::kSignatureMissing;
  const auto parts = Split(*header);
  if (!parts.well_formed) return Rejection::kSignatureMalformed;
  if (!parts.timestamp) return Rejection::kTimestampMalformed;
  const auto seconds = ParseUnixSeconds(*parts.timestamp);
  if (!seconds) return Rejection::kTimestampMalformed;
  if (parts.signatures.empty()) return Rejection::kSignatureMalformed;
  if (!WithinTolerance(*seconds, now)) return Rejection::kTimestampOutside;
  if (!AnyMatches(connection.webhook_secrets, parts.signatures, {*parts.timestamp, ".", webhook.body}, now))
    return Rejection::kSignatureWrong;
  return std::nullopt;
}

}  // namespace quittance::billing::psp::stripe

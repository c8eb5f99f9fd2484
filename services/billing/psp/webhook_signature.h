// What signed webhooks have in common: strict headers, strict numbers, tolerance both ways, lists of signatures and secrets.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp {

inline constexpr std::chrono::seconds kTolerance{300};
inline constexpr std::size_t kSignaturesMax = 5;

// The one value of a header, by lower case name; nullopt if it is missing or came more than once. It lives as long as the webhook.
std::optional<std::string_view> SingleHeader(const RawWebhook& webhook, std::string_view lower_case_name);

// Unix seconds: 1 to 12 digits, no sign, no blank, no leading zero.
std::optional<std::int64_t> ParseUnixSeconds(std::string_view text);

// 64 lower case hexadecimal digits to 32 bytes.
std::optional<std::string> ParseHexSignature(std::string_view text);

bool WithinTolerance(std::int64_t seconds, TimePoint now);

// Whether any of the signatures (32 bytes each) is HMAC-SHA256 of `message`, its parts one after the other, under any secret that is not
// retired. Every pair is compared.
bool AnyMatches(const std::vector<WebhookSecret>& secrets, const std::vector<std::string>& signatures,
                std::initializer_list<std::string_view> message, TimePoint now);

// Headers of an outgoing request: X-Timestamp, X-Signature (`v1=<hex>` over `<timestamp>.<body>` under `key`) and X-Request-Id.
struct OutgoingSignature {
  std::string timestamp;
  std::string signature;
};
OutgoingSignature SignOutgoing(const Secret& key, std::string_view body, TimePoint now);

}  // namespace quittance::billing::psp

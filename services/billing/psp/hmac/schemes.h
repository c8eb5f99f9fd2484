// Signature schemes of the generic HMAC PSP beside its own timestamped one; psp.*.signature chooses, never a header.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::hmac {

enum class Scheme {
  kTimestamped,  // X-Timestamp, X-Signature: v1=<hex> over `<timestamp>.<body>`
  kBodyOnly,     // X-Signature: <hex> or sha256=<hex> over the body: no protection against replays but the unique event id
  kStandard,     // Standard Webhooks 1.0.0: webhook-id, webhook-timestamp, webhook-signature: v1,<base64> over `id.timestamp.body`
};
std::optional<Scheme> SchemeNamed(std::string_view name);  // "timestamped" or empty, "body_only", "standard"

std::optional<Rejection> VerifyBodyOnly(const Connection& connection, const RawWebhook& webhook, TimePoint now);
// Secrets are `whsec_<base64>` or bare base64, and decoded.
std::optional<Rejection> VerifyStandard(const Connection& connection, const RawWebhook& webhook, TimePoint now);

}  // namespace quittance::billing::psp::hmac

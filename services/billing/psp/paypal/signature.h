// PayPal's webhook signature: RSA with SHA-256 over `transmission id|time|webhook id|crc32 of the raw body`, under the certificate that the
// webhook names. The id of the webhook stands where other PSPs have a secret (psp.*.webhook_secrets), with its windows.
#pragma once

#include "services/billing/psp/paypal/certificates.h"

namespace quittance::billing::psp::paypal {

// IEEE 802.3, as zlib has it.
std::uint32_t Crc32(std::string_view bytes);

// The address of the certificate, where the webhook names exactly one.
std::optional<std::string> CertificateUrl(const RawWebhook& webhook);

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, const Certificates& certificates, TimePoint now);

}  // namespace quittance::billing::psp::paypal

// Webhooks as a PSP signs them, for tests that send their own.
#pragma once

#include "tests/e2e/provision.h"

namespace quittance::e2e {

std::string HmacHex(const std::string& secret, const std::string& data);

// To the tenant's connection at (one of) the ingress.
std::string WebhookUrl(const Stack& stack, const TenantSetup& setup, const std::string& connection);
HttpAnswer PostSignedStripe(const Stack& stack, const TenantSetup& setup, const std::string& body, std::int64_t shift = 0);
HttpAnswer PostSignedHmac(const Stack& stack, const TenantSetup& setup, const std::string& body);

// An event of the generic HMAC PSP about an intent.
Json HmacEvent(const Stack& stack, const std::string& type, const billing::v1::PaymentIntent& intent, std::int64_t amount = 1990,
               const std::string& currency = "EUR");

}  // namespace quittance::e2e

// Adyen's item signature: HMAC-SHA256 under the hex-decoded key over eight fields of the notification, base64, inside the body itself. So a
// bounded strict parser reads before anything is believed; what else the body says is not signed.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::adyen {

// `pspReference:originalReference:merchantAccountCode:merchantReference:value:currency:eventCode:success`; nullopt unless the body is one
// notification with exactly one item.
std::optional<std::string> SignedText(const std::string& body);

// Signature and, where the connection has `basic_auth`, its user and password.
std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now);

}  // namespace quittance::billing::psp::adyen

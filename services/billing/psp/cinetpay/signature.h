// CinetPay's x-token: HMAC-SHA256 in hexadecimal over sixteen form fields, one behind the other without a separator. It proves little (a
// digit may move across a border, and nothing in it is of the moment), so the fields must have their shape, and a notification only makes
// us ask.
#pragma once

#include "common/http/client.h"
#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::cinetpay {

// A notification's fields, each at most once; nullopt if the body is no form or repeats a field.
std::optional<std::map<std::string, std::string>> ReadForm(const std::string& body);

// What is signed: the fields in CinetPay's order, missing ones empty.
std::string SignedText(const std::map<std::string, std::string>& fields);

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now);

}  // namespace quittance::billing::psp::cinetpay

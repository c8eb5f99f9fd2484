// Adyen's notifications and payment links to our facts, pure. Invariant: money and whom it concerns come from signed fields only; an
// authorisation counts until its capture fails; the payment is known by `merchantReference`.
#pragma once

#include "services/billing/psp/json_fwd.h"
#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::adyen {

// Adyen's minor units where they are not ISO's.
std::optional<std::int64_t> ToAdyenAmount(const Money& money);
std::int64_t FromAdyenAmount(std::int64_t value, std::string_view currency_code);

// The one item of a notification; nullptr if it has none or several.
const Json* OnlyItem(const Json& notification);

Event TranslateEvent(const Connection& connection, const std::string& body);

// A payment link as an answer to a call about `attempt`. nullopt: not a payment link.
std::optional<PspNews> ReadLink(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now);

// The acknowledgement of our refund's request: it was received, not more.
std::optional<PspNews> ReadRefund(const Connection& connection, const RefundCall& call, const std::string& body, TimePoint now);

// The same for every call under one key: nothing in it is of the moment. A link ends after 24 hours by itself.
std::string LinkBody(const Connection& connection, const CreateCall& call, std::int64_t value);
std::string RefundBody(const Connection& connection, const RefundCall& call, std::int64_t value);

// `errorCode` of an error answer; "refused" when it has none.
std::string ErrorCode(const std::string& body);

}  // namespace quittance::billing::psp::adyen

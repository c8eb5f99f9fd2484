// Stripe's objects to our facts, pure. Invariant: a status we do not know is pending, an event we do not know is stored and ignored.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::stripe {

// Stripe's amount for ours: ISO minor units, except ISK and UGX, which Stripe counts with two decimals for history's sake.
std::int64_t ToStripeAmount(const Money& money);
std::int64_t FromStripeAmount(std::int64_t amount, std::string_view currency_code);

// A snapshot event of a webhook. `body` was verified.
Event TranslateEvent(const Connection& connection, const std::string& body);

// A PaymentIntent as an answer to a call about `attempt`; with its client secret where Stripe sent it. nullopt: not a PaymentIntent.
std::optional<PspNews> ReadIntent(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now);

// The PaymentIntent inside an error answer (declined, or in an unexpected state). nullopt: none there.
std::optional<PspNews> ReadIntentInError(const Connection& connection, AttemptId attempt, const std::string& body, TimePoint now);

// A page of a list of PaymentIntents, each as it stands.
Listing ReadIntents(const Connection& connection, const std::string& body, TimePoint now);

// The first object of a search result, as JSON; "" when it found nothing. nullopt: not a search result.
std::optional<std::string> FirstFound(const std::string& body);

// A Refund as an answer to our refund's call.
std::optional<PspNews> ReadRefund(const Connection& connection, RefundId refund, const std::string& body, TimePoint now);

// "card_declined" of an error answer; "refused" when it has none.
std::string ErrorCode(const std::string& body);

}  // namespace quittance::billing::psp::stripe

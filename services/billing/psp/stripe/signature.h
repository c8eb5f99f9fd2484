// Stripe-Signature: `t=<unix seconds>,v1=<hex>[,v1=<hex>…]`, HMAC-SHA256 over `<t>.<raw body>`, keyed with the whole `whsec_…` text.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::stripe {

std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now);

}  // namespace quittance::billing::psp::stripe

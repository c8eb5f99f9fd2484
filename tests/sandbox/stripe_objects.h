// Stripe's objects as new ones look, and what is derived from them.
#pragma once

#include "tests/sandbox/state.h"
#include "tests/sandbox/stripe_params.h"

namespace quittance::sandbox {

Json NewIntentObject(const StripeParams& params, std::int64_t amount, std::int64_t now, bool livemode);
Json ChargeOf(const Json& intent, std::int64_t refunded);
Json NewRefundObject(const Json& intent, std::int64_t amount, const std::string& reason, Json metadata, std::int64_t now);
Json NewDisputeObject(const Json& intent, std::int64_t amount, std::int64_t now, bool livemode);
Json NewEvent(const std::string& type, const Json& object, std::int64_t now, bool livemode);

bool IsLive(const Account& account);

}  // namespace quittance::sandbox

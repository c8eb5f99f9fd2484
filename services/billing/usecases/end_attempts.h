// Ends what is open of a payment at its PSPs: they are asked first, then told to cancel; what they say is applied. No intent ends here
// before it ended there. Both halves may run again: a query has no effect, a cancel has a key of ours.
#pragma once

#include "services/billing/usecases/call_psp.h"

namespace quittance::billing {

enum class Ended {
  kAll,         // nothing stands in the way any more; the payment may be paid by now
  kUnresolved,  // a PSP did not answer, or works on it: try again later
};

// For attempts with a number below `below`. The caller reads the payment again in its own transaction.
Task<Ended> QueryAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause);
// The same, but what a payer has approved is captured: at expiry, the payer has done all there was to do.
Task<Ended> AdvanceAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause);
Task<Ended> CancelAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause);

inline constexpr int kAllAttempts = 1 << 30;

}  // namespace quittance::billing

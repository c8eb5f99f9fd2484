// Ends what is open of a payment at its PSPs: asks first, cancels then, and applies what they say. No intent ends here before it ended there.
#pragma once

#include "services/billing/usecases/call_psp.h"

namespace quittance::billing {

enum class Ended {
  kAll,         // nothing is open any more; the payment may be paid by now
  kUnresolved,  // a PSP did not answer, or works on it: try again later
};

// Attempts with a number below `below`. The caller reads the payment again in its own transaction.
Task<Ended> EndAttempts(Deps& deps, store::PaymentKey payment, int below, Cause cause);

inline constexpr int kAllAttempts = 1 << 30;

}  // namespace quittance::billing

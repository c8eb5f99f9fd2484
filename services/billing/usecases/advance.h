// Asking a PSP about an attempt, or bringing it forward.
#pragma once

#include "services/billing/usecases/connections.h"

namespace quittance::billing {

// Captures what the payer has approved where that is for us to do; asks only, if the attempt is closed or the intent canceled or expired:
// nobody is charged for what is over.
Task<PspNews> AdvanceAttempt(Deps& deps, Payment payment, AttemptId attempt, std::string key, Chosen chosen);

}  // namespace quittance::billing

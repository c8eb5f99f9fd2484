// The work that is due without anybody asking: each function takes one batch of due rows and says how many it took.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

// The janitor: asks PSPs about attempts they did not answer (5 s, 30 s, 5 min, 1 h; then a person).
Task<int> ResolveAttempts(Deps& deps);
// Unpaid intents past their time: asked about and ended at the PSP, then expired here.
Task<int> ExpireIntents(Deps& deps);
// Refunds that this house owes by itself, and those a PSP did not answer.
Task<int> SendRefunds(Deps& deps);
// Parked webhooks: matched again, or the PSP is asked.
Task<int> ReplayParked(Deps& deps);
// Credit notes that wait for their number.
Task<int> IssueCreditNotes(Deps& deps);
// Payment methods that were deleted here and not yet at their PSP.
Task<int> TellDeletedMethods(Deps& deps);
// Connections whose hour or night has come: our facts against the PSP's list.
Task<int> ReconcileDue(Deps& deps);
// Rows past their retention.
Task<int> Purge(Deps& deps);

inline constexpr int kDueMax = 16;  // rows a job takes at once, side by side: their leases must outlive their PSP calls
inline constexpr int kPurgeMax = 1000;

}  // namespace quittance::billing

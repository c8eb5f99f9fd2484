// What a second call with the same key does: read the first one's answer, or go on where it died.
#pragma once

#include "services/billing/usecases/call_psp.h"

namespace quittance::billing {

// A refusal that was decided before the key was looked at: a call that was answered before still gets its answer.
Task<Result<db::Reply>> RefuseUnlessReplayed(Deps& deps, db::IdempotentCall call, Error refusal);

// The key's attempt still runs: takes its lease if nobody holds it (then the PSP is called again, same key there), and waits for the reply.
Task<Result<db::Reply>> ResumeAttempt(Deps& deps, db::IdempotentCall call, Cause cause, AttemptId attempt);
Task<Result<db::Reply>> ResumeRefund(Deps& deps, db::IdempotentCall call, Cause cause, RefundId refund);

}  // namespace quittance::billing

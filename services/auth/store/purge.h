// Rows that have outlived their use, taken away in batches by jobs. System role.
#pragma once

#include "common/core/time.h"
#include "common/db/tx.h"

namespace quittance::auth::store {

inline constexpr int kPurgeBatch = 1000;

// Each gives how many rows went.
int PurgeIdempotencyKeys(db::Tx& tx);             // 30 days after their claim, database time on both sides
int PurgeSessions(db::Tx& tx, TimePoint now);     // a day after their end, with their refresh tokens
int PurgeEmailTokens(db::Tx& tx, TimePoint now);  // a day after their end
int PurgeMailTokens(db::Tx& tx, TimePoint now);   // a day after their end
int PurgeChallenges(db::Tx& tx, TimePoint now);   // a day after their end
int PurgeSmsCodes(db::Tx& tx, TimePoint now);
int PurgeThrottles(db::Tx& tx, TimePoint now);    // when they would start again anyway
int PurgeDevices(db::Tx& tx, TimePoint now);      // half a year after they were seen
int PurgeRevocations(db::Tx& tx, TimePoint now);  // when the last token they concern has expired

}  // namespace quittance::auth::store

// Rows whose time is over, a batch at a time.
#pragma once

#include "common/db/tx.h"

namespace quittance::notifications::store {

inline constexpr int kPurgeBatch = 500;

// How many rows went.
int PurgeIdempotencyKeys(db::Tx& tx);               // 30 days
int PurgeNotifications(db::Tx& tx, TimePoint now);  // finished ones after 400 days: a year and what a person may ask back about

}  // namespace quittance::notifications::store

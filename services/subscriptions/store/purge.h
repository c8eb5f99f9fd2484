// Purge of the tables that every database has.
#pragma once

#include "common/db/tx.h"

namespace quittance::subscriptions::store {

// Idempotency keys and inbox rows of more than 30 days; at most `limit` of each.
int PurgeCommon(db::Tx& tx, int limit);

}  // namespace quittance::subscriptions::store

// The mark that bootstrap has been done. System role.
#pragma once

#include "common/core/time.h"
#include "common/db/tx.h"

namespace quittance::auth::store {

// False: it was done before. A second one that runs at the same time waits for the first.
bool ClaimBootstrap(db::Tx& tx, TimePoint now);

}  // namespace quittance::auth::store

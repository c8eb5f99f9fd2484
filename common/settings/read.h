// Settings read inside somebody's transaction: for consumers, whose effect and what it was decided by belong to one moment.
// Invariant: nothing is cached; what is read is what is committed.
#pragma once

#include "common/settings/settings.h"

namespace quittance::settings {

// The tenant's settings whose keys begin with `prefix`, decrypted.
Snapshot ReadIn(db::Tx& tx, const Settings& settings, TenantId tenant, std::string_view prefix);

}  // namespace quittance::settings

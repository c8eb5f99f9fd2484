// Erasures before readiness: what the ledger has and this database does not know is applied before anything of the process starts.
// Invariant: with a ledger configured, nothing is served, consumed or run by a job before its last row was seen.
#pragma once

#include "common/erasure/ledger.h"

namespace quittance::service {

// Blocks, trying again every second while a database is down; returns at once without a ledger. Throws Fault when the process is told to
// stop.
void ApplyErasures(erasure::Ledger* ledger, db::Database& system, const erasure::Apply& apply);

}  // namespace quittance::service

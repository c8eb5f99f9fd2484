// Runs the due items of a job side by side and waits for all of them. Invariant: one that fails is counted and stays due; it never stops
// the others.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

Task<void> RunAll(Deps& deps, std::vector<Task<void>> tasks);

}  // namespace quittance::billing

// What plans are called: a projection of subscriptions' events. Invariant: an older version never replaces a newer one.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/db/tx.h"

namespace quittance::notifications::store {

void PutPlanName(db::Tx& tx, TenantId tenant, std::string_view code, std::string_view display_name, std::int64_t version);

// By tenant and code; those that are not known are left out.
using PlanKey = std::pair<TenantId, std::string>;
std::map<PlanKey, std::string> FindPlanNames(db::Tx& tx, const std::set<PlanKey>& plans);

}  // namespace quittance::notifications::store

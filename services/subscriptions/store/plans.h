// Plans. Invariant: a code names one plan of its tenant.
#pragma once

#include <map>
#include <set>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "common/events/event.h"
#include "services/subscriptions/domain/plan.h"

namespace quittance::subscriptions::store {

// False: the code is taken, nothing was written.
bool InsertPlan(db::Tx& tx, const Plan& plan, const quittance::events::Event& published);

std::optional<Plan> FindPlan(db::Tx& tx, TenantId tenant, PlanId id);
std::optional<Plan> FindPlanByCode(db::Tx& tx, TenantId tenant, std::string_view code);
using PlanKey = std::pair<TenantId, std::string>;  // its code
std::map<PlanKey, Plan> FindPlansByCode(db::Tx& tx, const std::set<PlanKey>& codes);
// In order of creation.
std::vector<Plan> ListPlans(db::Tx& tx, TenantId tenant, const PageRequest& page);

// Codes of all plans of every access that has a plan with this channel: whose payments matter before a removal.
std::vector<std::string> PlanCodesOfChannel(db::Tx& tx, TenantId tenant, std::string_view channel);

}  // namespace quittance::subscriptions::store

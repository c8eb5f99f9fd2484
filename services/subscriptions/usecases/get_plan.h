// GetPlan and ListPlans: every user of the tenant may see its plans; our own processes may ask about any tenant.
#pragma once

#include "common/core/page.h"
#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/plan.h"

namespace quittance::subscriptions {

struct GetPlanQuery {
  Caller caller;
  std::string plan_id;  // or else
  std::string code;
  std::string tenant_id;  // only with the scope platform:service
};
Task<Result<Plan>> GetPlan(Deps& deps, GetPlanQuery query);

struct PlanPage {
  std::vector<Plan> plans;
  std::string next_page_token;
};
struct ListPlansQuery {
  Caller caller;
  std::int32_t page_size = 0;
  std::string page_token;
};
Task<Result<PlanPage>> ListPlans(Deps& deps, ListPlansQuery query);

}  // namespace quittance::subscriptions

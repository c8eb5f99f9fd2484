// CreatePlan: makes a plan and puts it on sale.
#pragma once

#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/plan.h"

namespace quittance::subscriptions {

struct CreatePlanCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  PlanDraft draft;
};
Task<Result<db::Reply>> CreatePlan(Deps& deps, CreatePlanCommand command);

}  // namespace quittance::subscriptions

// CreatePlan: row, event and audit in one transaction under the caller's key.
#include "services/subscriptions/usecases/create_plan.h"

#include "common/audit/audit.h"
#include "services/subscriptions/events.h"
#include "services/subscriptions/store/plans.h"

namespace quittance::subscriptions {

Task<Result<db::Reply>> CreatePlan(Deps& deps, CreatePlanCommand command) {
  const TimePoint now = deps.clock.Now();
  const auto plan = NewPlan(command.caller.tenant, deps.ids.New<PlanId>(), command.draft, now);
  if (!plan) co_return plan.error();
  const events::Mark mark{deps.ids.Next(), now, command.cause.traceparent};
  auto reply = co_await deps.db.Once(db::Scope::Of(plan->tenant), command.once, [&](db::Tx& tx) -> Result<db::Reply> {
    if (!store::InsertPlan(tx, *plan, events::PlanPublished(*plan, mark))) return AlreadyExists("code");
    audit::Append(tx, {.tenant = plan->tenant,
                       .time = now,
                       .cause = command.cause,
                       .action = "CreatePlan",
                       .subject = plan->id.ToString(),
                       .detail = "",
                       .event = mark.id});
    return events::PlanReply(*plan);
  });
  co_return reply;
}

}  // namespace quittance::subscriptions

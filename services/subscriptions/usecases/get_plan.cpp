// GetPlan, ListPlans: reads.
#include "services/subscriptions/usecases/get_plan.h"

#include "common/core/text.h"
#include "services/subscriptions/store/plans.h"

namespace quittance::subscriptions {
namespace {

Result<TenantId> AskedTenant(const GetPlanQuery& query) {
  if (query.tenant_id.empty()) return query.caller.tenant;
  if (!query.caller.HasScope("platform:service")) return PermissionDenied();
  return TenantId::Parse(query.tenant_id, "tenant_id");
}

}  // namespace

Task<Result<Plan>> GetPlan(Deps& deps, GetPlanQuery query) {
  const auto tenant = AskedTenant(query);
  if (!tenant) co_return tenant.error();
  if (query.plan_id.empty() == query.code.empty()) co_return InvalidField("plan_id", "must be given, or else code");
  std::optional<PlanId> id;
  if (!query.plan_id.empty()) {
    const auto parsed = PlanId::Parse(query.plan_id, "plan_id");
    if (!parsed) co_return parsed.error();
    id = *parsed;
  } else if (auto ok = CheckCode(query.code, "code", 2, 64); !ok) {
    co_return ok.error();
  }
  auto plan = co_await deps.db.Transact(db::Scope::Of(*tenant), [&](db::Tx& tx) {
    return id ? store::FindPlan(tx, *tenant, *id) : store::FindPlanByCode(tx, *tenant, query.code);
  });
  if (!plan) co_return Missing(query.caller, id ? "plan_id" : "code");
  co_return *plan;
}

Task<Result<PlanPage>> ListPlans(Deps& deps, ListPlansQuery query) {
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  PlanPage answer;
  answer.plans = co_await deps.db.Transact(db::Scope::Of(query.caller.tenant),
                                           [&](db::Tx& tx) { return store::ListPlans(tx, query.caller.tenant, *page); });
  if (!answer.plans.empty()) answer.next_page_token = NextPageToken(*page, answer.plans.size(), answer.plans.back().id.uuid);
  co_return answer;
}

}  // namespace quittance::subscriptions

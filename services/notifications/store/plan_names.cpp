// SQL of the plans' names.
#include "services/notifications/store/plan_names.h"

namespace quittance::notifications::store {

void PutPlanName(db::Tx& tx, TenantId tenant, std::string_view code, std::string_view display_name, std::int64_t version) {
  tx.Exec(
      "INSERT INTO plan_names (tenant_id, code, display_name, version) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, code)"
      " DO UPDATE SET display_name = excluded.display_name, version = excluded.version WHERE plan_names.version < excluded.version",
      tenant, code, display_name, version);
}

std::map<PlanKey, std::string> FindPlanNames(db::Tx& tx, const std::set<PlanKey>& plans) {
  const auto rows = tx.Exec(
      "SELECT p.tenant_id, p.code, p.display_name FROM unnest($1::uuid[], $2::text[]) AS k(t, c)"
      " JOIN plan_names p ON p.tenant_id = k.t AND p.code = k.c",
      db::ArrayOf(plans, [](const PlanKey& plan) { return plan.first; }),
      db::ArrayOf(plans, [](const PlanKey& plan) { return plan.second; }));
  std::map<PlanKey, std::string> names;
  for (const db::Row row : rows) {
    names.emplace(PlanKey(row.Get<TenantId>("tenant_id"), row.Get<std::string>("code")), row.Get<std::string>("display_name"));
  }
  return names;
}

}  // namespace quittance::notifications::store

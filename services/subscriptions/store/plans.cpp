// SQL of plans.
#include "services/subscriptions/store/plans.h"

#include "common/core/check.h"
#include "common/events/outbox.h"
#include "services/subscriptions/store/names.h"

namespace quittance::subscriptions::store {
namespace {

Plan FromRow(const db::Row& row) {
  const auto currency = Currency::Parse(row.Text("currency"));
  CHECK(currency.has_value());
  return Plan{.tenant = row.Get<TenantId>("tenant_id"),
              .id = row.Get<PlanId>("id"),
              .code = row.Get<std::string>("code"),
              .display_name = row.Get<std::string>("display_name"),
              .access = row.Get<std::string>("access"),
              .duration = std::chrono::seconds(row.Get<std::int64_t>("duration_seconds")),
              .price = Money{row.Get<std::int64_t>("amount_minor"), *currency},
              .channels = row.Get<std::vector<std::string>>("channels"),
              .status = ParsePlanStatus(row.Text("status")),
              .version = row.Get<std::int64_t>("version"),
              .create_time = row.Get<TimePoint>("created_at"),
              .update_time = row.Get<TimePoint>("updated_at")};
}

std::optional<Plan> First(const db::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return FromRow(rows.front());
}

}  // namespace

bool InsertPlan(db::Tx& tx, const Plan& plan, const quittance::events::Event& published) {
  const auto rows = tx.Exec(
      "INSERT INTO plans (tenant_id, id, code, display_name, access, duration_seconds, amount_minor, currency, channels, status, version, "
      "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10, $11, $12, $13) ON CONFLICT (tenant_id, code) DO "
      "NOTHING",
      plan.tenant, plan.id, plan.code, plan.display_name, plan.access, std::int64_t{plan.duration.count()}, plan.price.amount_minor,
      plan.price.currency.code(), db::ArrayOf(plan.channels, [](const std::string& channel) { return channel; }), Name(plan.status),
      plan.version, plan.create_time, plan.update_time);
  if (rows.affected() == 0) return false;
  quittance::events::AppendToOutbox(tx, published);
  return true;
}

std::optional<Plan> FindPlan(db::Tx& tx, TenantId tenant, PlanId id) {
  return First(tx.Exec("SELECT * FROM plans WHERE tenant_id = $1 AND id = $2", tenant, id));
}

std::optional<Plan> FindPlanByCode(db::Tx& tx, TenantId tenant, std::string_view code) {
  return First(tx.Exec("SELECT * FROM plans WHERE tenant_id = $1 AND code = $2", tenant, code));
}

std::map<PlanKey, Plan> FindPlansByCode(db::Tx& tx, const std::set<PlanKey>& codes) {
  std::map<PlanKey, Plan> plans;
  if (codes.empty()) return plans;
  for (const auto row : tx.Exec("SELECT p.* FROM unnest($1::uuid[], $2::text[]) AS q(tenant_id, code) JOIN plans p USING (tenant_id, code)",
                                db::ArrayOf(codes, [](const PlanKey& key) { return key.first; }),
                                db::ArrayOf(codes, [](const PlanKey& key) { return key.second; }))) {
    Plan plan = FromRow(row);
    plans.emplace(PlanKey{plan.tenant, plan.code}, std::move(plan));
  }
  return plans;
}

std::vector<Plan> ListPlans(db::Tx& tx, TenantId tenant, const PageRequest& page) {
  std::vector<Plan> plans;
  for (const auto row : tx.Exec("SELECT * FROM plans WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id > $2::uuid) ORDER BY id LIMIT $3",
                                tenant, page.after, page.size)) {
    plans.push_back(FromRow(row));
  }
  return plans;
}

std::vector<std::string> PlanCodesOfChannel(db::Tx& tx, TenantId tenant, std::string_view channel) {
  std::vector<std::string> codes;
  for (const auto row : tx.Exec("SELECT code FROM plans WHERE tenant_id = $1 AND access IN (SELECT access FROM plans WHERE tenant_id = $1 "
                                "AND $2 = ANY(channels)) "
                                "ORDER BY code",
                                tenant, channel)) {
    codes.push_back(row.Get<std::string>("code"));
  }
  return codes;
}

}  // namespace quittance::subscriptions::store

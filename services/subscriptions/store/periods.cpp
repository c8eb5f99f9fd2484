// SQL of periods.
#include "services/subscriptions/store/periods.h"

#include <map>

#include "services/subscriptions/store/names.h"

namespace quittance::subscriptions::store {
namespace {

void SaveStops(db::Tx& tx, TenantId tenant, const Period& period) {
  std::vector<db::Param> ordinals, kinds, froms, untils;
  for (std::size_t i = 0; i < period.stops.size(); ++i) {
    ordinals.emplace_back(static_cast<std::int64_t>(i));
    kinds.emplace_back(Name(period.stops[i].kind));
    froms.emplace_back(period.stops[i].from);
    untils.emplace_back(period.stops[i].until);
  }
  tx.Exec(
      "INSERT INTO subscription_period_stops (tenant_id, payment_id, ordinal, kind, from_time, until_time) SELECT $1, $2, q.* FROM "
      "unnest($3::integer[], $4::text[], $5::timestamptz[], $6::timestamptz[]) AS q ON CONFLICT (tenant_id, payment_id, ordinal) DO UPDATE "
      "SET until_time = excluded.until_time",
      tenant, period.payment, db::Array(ordinals), db::Array(kinds), db::Array(froms), db::Array(untils));
}

// A return is never changed: the next one takes its place.
void SaveReturns(db::Tx& tx, TenantId tenant, const Period& period) {
  std::vector<db::Param> ordinals, froms, returned, cuts;
  for (std::size_t i = 0; i < period.returns.size(); ++i) {
    ordinals.emplace_back(static_cast<std::int64_t>(i));
    froms.emplace_back(period.returns[i].from);
    returned.emplace_back(period.returns[i].returned_minor);
    cuts.emplace_back(std::int64_t{period.returns[i].cut.count()});
  }
  tx.Exec(
      "INSERT INTO subscription_period_returns (tenant_id, payment_id, ordinal, from_time, returned_minor, cut_seconds) SELECT $1, $2, q.* "
      "FROM unnest($3::integer[], $4::timestamptz[], $5::bigint[], $6::bigint[]) AS q ON CONFLICT DO NOTHING",
      tenant, period.payment, db::Array(ordinals), db::Array(froms), db::Array(returned), db::Array(cuts));
}

}  // namespace

bool ClaimPaymentVersion(db::Tx& tx, TenantId tenant, PaymentId payment, std::int64_t version) {
  return tx.Exec(
               "INSERT INTO payment_versions (tenant_id, payment_id, version) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, payment_id) DO "
               "UPDATE SET version = excluded.version WHERE payment_versions.version < excluded.version",
               tenant, payment, version)
             .affected() == 1;
}

std::optional<SubscriptionId> FindPeriodOwner(db::Tx& tx, TenantId tenant, PaymentId payment) {
  const auto rows = tx.Exec("SELECT subscription_id FROM subscription_periods WHERE tenant_id = $1 AND payment_id = $2", tenant, payment);
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<SubscriptionId>("subscription_id");
}

std::vector<Period> LoadPeriods(db::Tx& tx, TenantId tenant, SubscriptionId subscription) {
  std::vector<Period> periods;
  std::map<PaymentId, std::size_t> index;
  for (const auto row : tx.Exec("SELECT * FROM subscription_periods WHERE tenant_id = $1 AND subscription_id = $2", tenant, subscription)) {
    Period period{.payment = row.Get<PaymentId>("payment_id"),
                  .plan = row.Get<PlanId>("plan_id"),
                  .plan_code = row.Get<std::string>("plan_code"),
                  .succeed_time = row.Get<TimePoint>("succeeded_at"),
                  .duration = std::chrono::seconds(row.Get<std::int64_t>("duration_seconds")),
                  .stops = {},
                  .starts = row.Get<TimePoint>("starts_at"),
                  .ends = row.Get<TimePoint>("ends_at")};
    index.emplace(period.payment, periods.size());
    periods.push_back(std::move(period));
  }
  if (periods.empty()) return periods;
  for (const auto row :
       tx.Exec("SELECT t.payment_id, t.kind, t.from_time, t.until_time FROM subscription_period_stops t JOIN subscription_periods p "
               "USING (tenant_id, payment_id) WHERE p.tenant_id = $1 AND p.subscription_id = $2 ORDER BY t.ordinal",
               tenant, subscription)) {
    periods[index.at(row.Get<PaymentId>("payment_id"))].stops.push_back(
        Stop{ParseStopKind(row.Text("kind")), row.Get<TimePoint>("from_time"), row.Find<TimePoint>("until_time")});
  }
  for (const auto row : tx.Exec("SELECT r.payment_id, r.from_time, r.returned_minor, r.cut_seconds FROM subscription_period_returns r JOIN "
                                "subscription_periods p "
                                "USING (tenant_id, payment_id) WHERE p.tenant_id = $1 AND p.subscription_id = $2 ORDER BY r.ordinal",
                                tenant, subscription)) {
    periods[index.at(row.Get<PaymentId>("payment_id"))].returns.push_back({row.Get<TimePoint>("from_time"),
                                                                           row.Get<std::int64_t>("returned_minor"),
                                                                           std::chrono::seconds(row.Get<std::int64_t>("cut_seconds"))});
  }
  return periods;
}

void SavePeriods(db::Tx& tx, const Subscription& subscription, std::span<const Period> periods, TimePoint now) {
  for (const auto& period : periods) {  // those that one payment's news touched: a few
    tx.Exec(
        "INSERT INTO subscription_periods (tenant_id, payment_id, subscription_id, user_id, plan_id, plan_code, succeeded_at, "
        "duration_seconds, starts_at, ends_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant_id, "
        "payment_id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at",
        subscription.tenant, period.payment, subscription.id, subscription.user, period.plan, period.plan_code, period.succeed_time,
        std::int64_t{period.duration.count()}, period.starts, period.ends, now);
    if (!period.stops.empty()) SaveStops(tx, subscription.tenant, period);
    if (!period.returns.empty()) SaveReturns(tx, subscription.tenant, period);
  }
}

}  // namespace quittance::subscriptions::store

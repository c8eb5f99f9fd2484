// SQL of periods.
#include "services/subscriptions/store/periods.h"

#include "services/subscriptions/store/names.h"

namespace quittance::subscriptions::store {
namespace {

template <class Range>
std::string Tenants(const Range& keys) {
  return db::ArrayOf(keys, [](const auto& key) { return key.first; });
}

template <class Get>
std::string Column(std::span<const PeriodOf> periods, Get get) {
  return db::ArrayOf(periods, get);
}

// The rows of a table that hangs on periods.
struct Columns {
  std::vector<db::Param> tenants, payments, ordinals;

  void Add(const PeriodOf& of, std::size_t ordinal) {
    tenants.emplace_back(of.subscription->tenant);
    payments.emplace_back(of.period.payment);
    ordinals.emplace_back(static_cast<std::int64_t>(ordinal));
  }
};

void SaveStops(db::Tx& tx, std::span<const PeriodOf> periods) {
  Columns keys;
  std::vector<db::Param> kinds, froms, untils;
  for (const auto& of : periods) {
    for (std::size_t i = 0; i < of.period.stops.size(); ++i) {
      keys.Add(of, i);
      kinds.emplace_back(Name(of.period.stops[i].kind));
      froms.emplace_back(of.period.stops[i].from);
      untils.emplace_back(of.period.stops[i].until);
    }
  }
  if (kinds.empty()) return;
  tx.Exec(
      "INSERT INTO subscription_period_stops (tenant_id, payment_id, ordinal, kind, from_time, until_time) SELECT * FROM "
      "unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::timestamptz[], $6::timestamptz[]) ON CONFLICT (tenant_id, payment_id, "
      "ordinal) DO UPDATE SET until_time = excluded.until_time",
      db::Array(keys.tenants), db::Array(keys.payments), db::Array(keys.ordinals), db::Array(kinds), db::Array(froms), db::Array(untils));
}

// A return is never changed: the next one takes its place.
void SaveReturns(db::Tx& tx, std::span<const PeriodOf> periods) {
  Columns keys;
  std::vector<db::Param> froms, returned, cuts;
  for (const auto& of : periods) {
    for (std::size_t i = 0; i < of.period.returns.size(); ++i) {
      keys.Add(of, i);
      froms.emplace_back(of.period.returns[i].from);
      returned.emplace_back(of.period.returns[i].returned_minor);
      cuts.emplace_back(std::int64_t{of.period.returns[i].cut.count()});
    }
  }
  if (cuts.empty()) return;
  tx.Exec(
      "INSERT INTO subscription_period_returns (tenant_id, payment_id, ordinal, from_time, returned_minor, cut_seconds) SELECT * FROM "
      "unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[], $5::bigint[], $6::bigint[]) ON CONFLICT DO NOTHING",
      db::Array(keys.tenants), db::Array(keys.payments), db::Array(keys.ordinals), db::Array(froms), db::Array(returned), db::Array(cuts));
}

Period FromRow(const db::Row& row) {
  return {.payment = row.Get<PaymentId>("payment_id"),
          .plan = row.Get<PlanId>("plan_id"),
          .plan_code = row.Get<std::string>("plan_code"),
          .succeed_time = row.Get<TimePoint>("succeeded_at"),
          .duration = std::chrono::seconds(row.Get<std::int64_t>("duration_seconds")),
          .stops = {},
          .starts = row.Get<TimePoint>("starts_at"),
          .ends = row.Get<TimePoint>("ends_at")};
}

// What stopped and what went back, to the periods that it belongs to.
void LoadStops(db::Tx& tx, const std::map<PaymentKey, Period*>& periods, const std::string& tenants, const std::string& payments) {
  for (const auto row : tx.Exec("SELECT t.* FROM unnest($1::uuid[], $2::uuid[]) AS q(tenant_id, payment_id) JOIN subscription_period_stops "
                                "t USING (tenant_id, payment_id) ORDER BY t.ordinal",
                                tenants, payments)) {
    periods.at({row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id")})
        ->stops.push_back({ParseStopKind(row.Text("kind")), row.Get<TimePoint>("from_time"), row.Find<TimePoint>("until_time")});
  }
}

void LoadReturns(db::Tx& tx, const std::map<PaymentKey, Period*>& periods, const std::string& tenants, const std::string& payments) {
  for (const auto row : tx.Exec("SELECT r.* FROM unnest($1::uuid[], $2::uuid[]) AS q(tenant_id, payment_id) JOIN "
                                "subscription_period_returns r USING (tenant_id, payment_id) ORDER BY r.ordinal",
                                tenants, payments)) {
    periods.at({row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id")})
        ->returns.push_back({row.Get<TimePoint>("from_time"), row.Get<std::int64_t>("returned_minor"),
                             std::chrono::seconds(row.Get<std::int64_t>("cut_seconds"))});
  }
}

}  // namespace

std::set<PaymentKey> ClaimPaymentVersions(db::Tx& tx, const std::map<PaymentKey, std::int64_t>& versions) {
  if (versions.empty()) return {};
  const auto rows = tx.Exec(
      "INSERT INTO payment_versions (tenant_id, payment_id, version) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) ON "
      "CONFLICT (tenant_id, payment_id) DO UPDATE SET version = excluded.version WHERE payment_versions.version < excluded.version "
      "RETURNING tenant_id, payment_id",
      db::ArrayOf(versions, [](const auto& each) { return each.first.first; }),
      db::ArrayOf(versions, [](const auto& each) { return each.first.second; }),
      db::ArrayOf(versions, [](const auto& each) { return each.second; }));
  std::set<PaymentKey> claimed;
  for (const auto row : rows) claimed.emplace(row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id"));
  return claimed;
}

std::map<PaymentKey, AccessKey> FindPeriodOwners(db::Tx& tx, std::span<const PaymentKey> payments) {
  std::map<PaymentKey, AccessKey> owners;
  if (payments.empty()) return owners;
  for (const auto row :
       tx.Exec("SELECT s.tenant_id, p.payment_id, s.user_id, s.access FROM unnest($1::uuid[], $2::uuid[]) AS q(tenant_id, "
               "payment_id) JOIN subscription_periods p USING (tenant_id, payment_id) JOIN subscriptions s ON s.tenant_id = "
               "p.tenant_id AND s.id = p.subscription_id",
               Tenants(payments), db::ArrayOf(payments, [](const auto& key) { return key.second; }))) {
    const auto tenant = row.Get<TenantId>("tenant_id");
    owners.emplace(PaymentKey{tenant, row.Get<PaymentId>("payment_id")},
                   AccessKey{tenant, row.Get<UserId>("user_id"), row.Get<std::string>("access")});
  }
  return owners;
}

std::map<SubscriptionId, std::vector<Period>> LoadPeriods(db::Tx& tx, std::span<const Subscription* const> subscriptions) {
  std::map<SubscriptionId, std::vector<Period>> loaded;
  const auto rows = tx.Exec(
      "SELECT p.* FROM unnest($1::uuid[], $2::uuid[]) AS q(tenant_id, subscription_id) JOIN subscription_periods p USING (tenant_id, "
      "subscription_id)",
      db::ArrayOf(subscriptions, [](const Subscription* s) { return s->tenant; }),
      db::ArrayOf(subscriptions, [](const Subscription* s) { return s->id; }));
  if (rows.empty()) return loaded;
  std::vector<db::Param> tenants, payments;
  for (const auto row : rows) {
    tenants.emplace_back(row.Get<TenantId>("tenant_id"));
    payments.emplace_back(loaded[row.Get<SubscriptionId>("subscription_id")].emplace_back(FromRow(row)).payment);
  }
  std::map<PaymentKey, Period*> places;
  for (const auto* subscription : subscriptions) {
    const auto found = loaded.find(subscription->id);
    if (found == loaded.end()) continue;
    for (auto& period : found->second) places.emplace(PaymentKey{subscription->tenant, period.payment}, &period);
  }
  LoadStops(tx, places, db::Array(tenants), db::Array(payments));
  LoadReturns(tx, places, db::Array(tenants), db::Array(payments));
  return loaded;
}

void SavePeriods(db::Tx& tx, std::span<const PeriodOf> periods, TimePoint now) {
  if (periods.empty()) return;
  tx.Exec(
      "INSERT INTO subscription_periods (tenant_id, payment_id, subscription_id, user_id, plan_id, plan_code, succeeded_at, "
      "duration_seconds, starts_at, ends_at, created_at) SELECT q.*, $11 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], "
      "$5::uuid[], $6::text[], $7::timestamptz[], $8::bigint[], $9::timestamptz[], $10::timestamptz[]) AS q ON CONFLICT (tenant_id, "
      "payment_id) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at",
      Column(periods, [](const PeriodOf& of) { return of.subscription->tenant; }),
      Column(periods, [](const PeriodOf& of) { return of.period.payment; }),
      Column(periods, [](const PeriodOf& of) { return of.subscription->id; }),
      Column(periods, [](const PeriodOf& of) { return of.subscription->user; }),
      Column(periods, [](const PeriodOf& of) { return of.period.plan; }),
      Column(periods, [](const PeriodOf& of) { return of.period.plan_code; }),
      Column(periods, [](const PeriodOf& of) { return of.period.succeed_time; }),
      Column(periods, [](const PeriodOf& of) { return std::int64_t{of.period.duration.count()}; }),
      Column(periods, [](const PeriodOf& of) { return of.period.starts; }),
      Column(periods, [](const PeriodOf& of) { return of.period.ends; }), now);
  SaveStops(tx, periods);
  SaveReturns(tx, periods);
}

}  // namespace quittance::subscriptions::store

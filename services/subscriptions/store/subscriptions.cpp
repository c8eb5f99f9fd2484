// SQL of subscriptions.
#include "services/subscriptions/store/subscriptions.h"

#include <set>

#include "common/core/check.h"
#include "common/events/outbox.h"
#include "services/subscriptions/store/names.h"

namespace quittance::subscriptions::store {
namespace {

Subscription FromRow(const db::Row& row) {
  Subscription s;
  s.tenant = row.Get<TenantId>("tenant_id");
  s.id = row.Get<SubscriptionId>("id");
  s.user = row.Get<UserId>("user_id");
  s.access = row.Get<std::string>("access");
  s.plan_code = row.Get<std::string>("plan_code");
  s.status = ParseSubscriptionStatus(row.Text("status"));
  s.current_period_start = row.Get<TimePoint>("current_period_start");
  s.current_period_end = row.Get<TimePoint>("current_period_end");
  s.suspended_at = row.Find<TimePoint>("suspended_at");
  s.reminder_at = row.Find<TimePoint>("reminder_at");
  s.cancel_at_period_end = row.Get<bool>("cancel_at_period_end");
  s.version = row.Get<std::int64_t>("version");
  s.create_time = row.Get<TimePoint>("created_at");
  s.update_time = row.Get<TimePoint>("updated_at");
  return s;
}

std::vector<Subscription> FromRows(const db::Rows& rows) {
  std::vector<Subscription> all;
  all.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto row : rows) all.push_back(FromRow(row));
  return all;
}

template <class Get>
std::string Column(std::span<const SubscriptionChange> changes, Get get) {
  return db::ArrayOf(changes, [&](const SubscriptionChange& change) { return get(change.after); });
}

// The stored start is that of the last event; a later period may run by now.
constexpr std::string_view kRead =
    "SELECT s.tenant_id, s.id, s.user_id, s.access, s.plan_code, s.status, s.current_period_end, s.suspended_at, s.reminder_at, "
    "s.cancel_at_period_end, s.version, s.created_at, s.updated_at, coalesce((SELECT p.starts_at FROM subscription_periods p WHERE "
    "p.tenant_id = s.tenant_id AND p.subscription_id = s.id AND p.starts_at <= $2 AND p.ends_at > $2 ORDER BY p.starts_at DESC LIMIT 1), "
    "s.current_period_start) AS current_period_start FROM subscriptions s WHERE s.tenant_id = $1 AND s.status <> 'new' ";

}  // namespace

std::map<AccessKey, Subscription> LockOrCreateSubscriptions(db::Tx& tx, const std::map<AccessKey, SubscriptionId>& fresh, TimePoint now) {
  // The update changes nothing: it locks the row and gives it back.
  const auto rows = tx.Exec(
      "INSERT INTO subscriptions (tenant_id, id, user_id, access, plan_code, status, current_period_start, current_period_end, version, "
      "created_at, updated_at) SELECT q.tenant_id, q.id, q.user_id, q.access, '', 'new', $5, $5, 0, $5, $5 FROM unnest($1::uuid[], "
      "$2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY AS q(tenant_id, id, user_id, access, position) ORDER BY q.position ON CONFLICT "
      "(tenant_id, user_id, access) DO UPDATE SET access = excluded.access RETURNING *",
      db::ArrayOf(fresh, [](const auto& each) { return each.first.tenant; }),
      db::ArrayOf(fresh, [](const auto& each) { return each.second; }),
      db::ArrayOf(fresh, [](const auto& each) { return each.first.user; }),
      db::ArrayOf(fresh, [](const auto& each) { return each.first.access; }), now);
  CHECK(static_cast<std::size_t>(rows.size()) == fresh.size());
  std::map<AccessKey, Subscription> locked;
  for (auto& s : FromRows(rows)) locked.emplace(AccessKey{s.tenant, s.user, s.access}, s);
  return locked;
}

void SaveSubscriptions(db::Tx& tx, std::span<const SubscriptionChange> changes) {
  if (changes.empty()) return;
  const auto rows = tx.Exec(
      "UPDATE subscriptions s SET plan_code = q.plan_code, status = q.status, current_period_start = q.starts, current_period_end = "
      "q.ends, suspended_at = q.suspended_at, reminder_at = q.reminder_at, cancel_at_period_end = q.cancel, version = q.version, "
      "updated_at = q.updated_at FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], "
      "$7::timestamptz[], $8::timestamptz[], $9::boolean[], $10::bigint[], $11::timestamptz[]) AS q(tenant_id, id, plan_code, status, "
      "starts, ends, suspended_at, reminder_at, cancel, version, updated_at) WHERE s.tenant_id = q.tenant_id AND s.id = q.id AND s.version "
      "= q.version - 1",
      Column(changes, [](const Subscription& s) { return s.tenant; }), Column(changes, [](const Subscription& s) { return s.id; }),
      Column(changes, [](const Subscription& s) { return s.plan_code; }),
      Column(changes, [](const Subscription& s) { return Name(s.status); }),
      Column(changes, [](const Subscription& s) { return s.current_period_start; }),
      Column(changes, [](const Subscription& s) { return s.current_period_end; }),
      Column(changes, [](const Subscription& s) { return s.suspended_at; }),
      Column(changes, [](const Subscription& s) { return s.reminder_at; }),
      Column(changes, [](const Subscription& s) { return s.cancel_at_period_end; }),
      Column(changes, [](const Subscription& s) { return s.version; }),
      Column(changes, [](const Subscription& s) { return s.update_time; }));
  CHECK(rows.affected() == static_cast<int>(changes.size()));  // they are locked
  std::vector<quittance::events::Event> events;
  events.reserve(changes.size());
  for (const auto& change : changes) events.push_back(change.event);
  quittance::events::AppendToOutbox(tx, events);
}

std::vector<Subscription> ClaimDueSubscriptions(db::Tx& tx, TimePoint now, int limit) {
  return FromRows(
      tx.Exec("WITH due AS MATERIALIZED (SELECT * FROM subscriptions WHERE status = 'active' AND current_period_end <= $1 ORDER BY "
              "current_period_end "
              "LIMIT $2 FOR UPDATE SKIP LOCKED) SELECT * FROM due",
              now, limit));
}

std::vector<Subscription> ClaimDueReminders(db::Tx& tx, TimePoint now, int limit) {
  return FromRows(tx.Exec(
      "WITH due AS MATERIALIZED (SELECT * FROM subscriptions WHERE reminder_at <= $1 ORDER BY reminder_at LIMIT $2 FOR UPDATE SKIP LOCKED) "
      "SELECT * FROM due",
      now, limit));
}

void DropReminders(db::Tx& tx, std::span<const Subscription> subscriptions) {
  if (subscriptions.empty()) return;
  tx.Exec(
      "UPDATE subscriptions s SET reminder_at = NULL FROM unnest($1::uuid[], $2::uuid[]) AS q(tenant_id, id) WHERE s.tenant_id = "
      "q.tenant_id AND "
      "s.id = q.id",
      db::ArrayOf(subscriptions, [](const Subscription& s) { return s.tenant; }),
      db::ArrayOf(subscriptions, [](const Subscription& s) { return s.id; }));
}

std::vector<bool> ClaimReminderEnds(db::Tx& tx, std::span<const Subscription> subscriptions) {
  const auto rows = tx.Exec(
      "INSERT INTO subscription_reminders (tenant_id, subscription_id, period_end) SELECT * FROM unnest($1::uuid[], $2::uuid[], "
      "$3::timestamptz[]) "
      "ON CONFLICT DO NOTHING RETURNING subscription_id",
      db::ArrayOf(subscriptions, [](const Subscription& s) { return s.tenant; }),
      db::ArrayOf(subscriptions, [](const Subscription& s) { return s.id; }),
      db::ArrayOf(subscriptions, [](const Subscription& s) { return s.current_period_end; }));
  std::set<SubscriptionId> claimed;
  for (const auto row : rows) claimed.insert(row.Get<SubscriptionId>("subscription_id"));
  std::vector<bool> fresh;
  for (const auto& s : subscriptions) fresh.push_back(claimed.contains(s.id));
  return fresh;
}

std::optional<Subscription> FindSubscription(db::Tx& tx, TenantId tenant, SubscriptionId id, TimePoint now) {
  static const std::string sql = std::string(kRead) + "AND s.id = $3";
  const auto rows = tx.Exec(sql, tenant, now, id);
  if (rows.empty()) return std::nullopt;
  return FromRow(rows.front());
}

std::vector<Subscription> ListSubscriptions(db::Tx& tx, TenantId tenant, const SubscriptionFilter& filter, const PageRequest& page,
                                            TimePoint now) {
  // Two texts: a plan that serves both would read all of a tenant for one user.
  static const std::string rest =
      "AND ($4::text IS NULL OR s.status = $4::text) AND ($5::uuid IS NULL OR s.id > $5::uuid) ORDER BY s.id LIMIT $6";
  static const std::string all = std::string(kRead) + "AND $3::uuid IS NULL " + rest;
  static const std::string of_user = std::string(kRead) + "AND s.user_id = $3::uuid " + rest;
  std::optional<std::string_view> status;
  if (filter.status) status = Name(*filter.status);
  return FromRows(tx.Exec(filter.user ? of_user : all, tenant, now, filter.user, status, page.after, page.size));
}

}  // namespace quittance::subscriptions::store

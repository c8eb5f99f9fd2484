// SQL of notifications, beside its use.
#include "services/notifications/store/notifications.h"

#include <array>

#include "common/core/check.h"
#include "common/events/outbox.h"

namespace quittance::notifications::store {
namespace {

constexpr std::array<std::string_view, 4> kStates = {"pending", "sent", "failed", "logged"};

std::string_view NameOf(State state) { return kStates[static_cast<std::size_t>(state)]; }

State StateOf(std::string_view name) {
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<State>(i);
  }
  CHECK(false);
}

// name, value, name, value …
std::string ArrayOfParams(const Params& params) {
  std::vector<db::Param> flat;
  for (const auto& [name, value] : params) {
    flat.emplace_back(name);
    flat.emplace_back(value);
  }
  return db::Array(flat);
}

Params ReadParams(const std::vector<std::string>& flat) {
  CHECK(flat.size() % 2 == 0);
  Params params;
  for (std::size_t i = 0; i < flat.size(); i += 2) params.emplace(flat[i], flat[i + 1]);
  return params;
}

const std::string kColumns =
    "tenant_id, notification_id, user_id, channel, template, subject, dedupe_key, params, state, locale, attempt, tries, last_error,"
    " next_attempt_at, useless_after, version, traceparent, created_at, sent_at";

Notification Read(const db::Row& row) {
  Notification n;
  n.tenant = row.Get<TenantId>("tenant_id");
  n.id = row.Get<NotificationId>("notification_id");
  n.user = row.Get<UserId>("user_id");
  n.channel = row.Get<std::string>("channel");
  n.template_name = row.Get<std::string>("template");
  n.subject = row.Get<std::string>("subject");
  n.dedupe_key = row.Get<std::string>("dedupe_key");
  n.params = ReadParams(row.Get<std::vector<std::string>>("params"));
  n.state = StateOf(row.Text("state"));
  n.locale = row.Get<std::string>("locale");
  n.attempt = row.Get<int>("attempt");
  n.tries = row.Get<int>("tries");
  n.last_error = row.Get<std::string>("last_error");
  n.next_attempt_at = row.Get<TimePoint>("next_attempt_at");
  n.useless_after = row.Find<TimePoint>("useless_after");
  n.version = row.Get<std::int64_t>("version");
  n.traceparent = row.Get<std::string>("traceparent");
  n.created = row.Get<TimePoint>("created_at");
  n.sent = row.Find<TimePoint>("sent_at");
  return n;
}

std::vector<Notification> ReadAll(const db::Rows& rows) {
  std::vector<Notification> all;
  for (const db::Row row : rows) all.push_back(Read(row));
  return all;
}

std::string Tenants(std::span<const Claim> claims) {
  return db::ArrayOf(claims, [](const Claim& claim) { return claim.tenant; });
}
std::string Ids(std::span<const Claim> claims) {
  return db::ArrayOf(claims, [](const Claim& claim) { return claim.id; });
}
std::string Attempts(std::span<const Claim> claims) {
  return db::ArrayOf(claims, [](const Claim& claim) { return claim.attempt; });
}

}  // namespace

bool InsertNotification(db::Tx& tx, const Notification& n) {
  return tx.Exec(
               "INSERT INTO notifications (tenant_id, notification_id, user_id, channel, template, subject, dedupe_key, params, "
               "next_attempt_at,"
               " useless_after, traceparent, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text[], $9, $10, $11, $12)"
               " ON CONFLICT (tenant_id, dedupe_key) DO NOTHING",
               n.tenant, n.id, n.user, n.channel, n.template_name, n.subject, n.dedupe_key, ArrayOfParams(n.params), n.next_attempt_at,
               n.useless_after, n.traceparent, n.created)
             .affected() == 1;
}

std::vector<Notification> ClaimDueNotifications(db::Tx& tx, TimePoint now, int limit, std::chrono::milliseconds lease) {
  // MATERIALIZED: the planner may otherwise run the subquery again and claim more than the limit.
  return ReadAll(
      tx.Exec("WITH due AS MATERIALIZED ("
              " SELECT tenant_id AS t, notification_id AS i FROM notifications"
              " WHERE state = 'pending' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < now())"
              " ORDER BY next_attempt_at, notification_id LIMIT $2 FOR UPDATE SKIP LOCKED)"
              " UPDATE notifications SET attempt = attempt + 1, lease_until = now() + $3::bigint * interval '1 millisecond'"
              " FROM due WHERE tenant_id = t AND notification_id = i RETURNING " +
                  kColumns,
              now, limit, static_cast<std::int64_t>(lease.count())));
}

void RenewLeases(db::Tx& tx, std::span<const Claim> claims, std::chrono::milliseconds lease) {
  tx.Exec(
      "UPDATE notifications n SET lease_until = now() + $4::bigint * interval '1 millisecond'"
      " FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS c(t, i, a)"
      " WHERE n.tenant_id = c.t AND n.notification_id = c.i AND n.attempt = c.a AND n.state = 'pending'",
      Tenants(claims), Ids(claims), Attempts(claims), static_cast<std::int64_t>(lease.count()));
}

void ReleaseClaims(db::Tx& tx, std::span<const Claim> claims) {
  tx.Exec(
      "UPDATE notifications n SET lease_until = NULL FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS c(t, i, a)"
      " WHERE n.tenant_id = c.t AND n.notification_id = c.i AND n.attempt = c.a AND n.state = 'pending'",
      Tenants(claims), Ids(claims), Attempts(claims));
}

bool CompleteNotification(db::Tx& tx, const Notification& n, const std::optional<quittance::events::Event>& event) {
  CHECK((n.state == State::kPending) != event.has_value());
  const bool written =
      tx.Exec(
            "UPDATE notifications SET state = $4, locale = $5, tries = $6, last_error = $7, next_attempt_at = $8, lease_until = NULL,"
            " version = $9, sent_at = $10, params = $11::text[]"
            " WHERE tenant_id = $1 AND notification_id = $2 AND attempt = $3 AND state = 'pending'",
            n.tenant, n.id, n.attempt, NameOf(n.state), n.locale, n.tries, n.last_error, n.next_attempt_at, n.version, n.sent,
            ArrayOfParams(n.params))
          .affected() == 1;
  if (written && event) quittance::events::AppendToOutbox(tx, *event);
  return written;
}

std::vector<Notification> LockOpenNotifications(db::Tx& tx, TenantId tenant, std::string_view subject, std::string_view template_name) {
  return ReadAll(tx.Exec("SELECT " + kColumns +
                             " FROM notifications WHERE tenant_id = $1 AND subject = $2 AND template = $3 AND state = 'pending'"
                             " ORDER BY notification_id FOR UPDATE",
                         tenant, subject, template_name));
}

std::vector<Notification> LockOpenNotificationsOf(db::Tx& tx, TenantId tenant, UserId user) {
  return ReadAll(
      tx.Exec("SELECT " + kColumns +
                  " FROM notifications WHERE tenant_id = $1 AND user_id = $2 AND state = 'pending' ORDER BY notification_id FOR UPDATE",
              tenant, user));
}

int ForgetParams(db::Tx& tx, TenantId tenant, UserId user) {
  return tx.Exec("UPDATE notifications SET params = '{}' WHERE tenant_id = $1 AND user_id = $2 AND params <> '{}'", tenant, user)
      .affected();
}

std::optional<Notification> FindNotification(db::Tx& tx, TenantId tenant, NotificationId id) {
  const auto rows = tx.Exec("SELECT " + kColumns + " FROM notifications WHERE tenant_id = $1 AND notification_id = $2", tenant, id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::vector<Notification> ListNotifications(db::Tx& tx, TenantId tenant, const ListFilter& filter, const PageRequest& page) {
  const auto state = filter.state ? std::optional<std::string>(NameOf(*filter.state)) : std::nullopt;
  return ReadAll(tx.Exec("SELECT " + kColumns +
                             " FROM notifications WHERE tenant_id = $1 AND ($2::uuid IS NULL OR user_id = $2::uuid)"
                             " AND ($3::text IS NULL OR state = $3::text) AND ($4::uuid IS NULL OR notification_id > $4::uuid)"
                             " ORDER BY notification_id LIMIT $5",
                         tenant, filter.user, state, page.after, page.size));
}

}  // namespace quittance::notifications::store

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

// A row's parameters travel as the text of an array: arrays of arrays must be rectangular.
int InsertNotifications(db::Tx& tx, std::span<const Notification> notifications) {
  if (notifications.empty()) return 0;
  const auto column = [&](auto get) { return db::ArrayOf(notifications, get); };
  return tx
      .Exec(
          "INSERT INTO notifications (tenant_id, notification_id, user_id, channel, template, subject, dedupe_key, params, "
          "next_attempt_at, useless_after, traceparent, created_at) SELECT t, i, u, channel, template, subject, dedupe_key, "
          "params::text[], next_attempt_at, useless_after, traceparent, created_at FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], "
          "$4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[], "
          "$12::timestamptz[]) AS q(t, i, u, channel, template, subject, dedupe_key, params, next_attempt_at, useless_after, traceparent, "
          "created_at) ON CONFLICT (tenant_id, dedupe_key) DO NOTHING",
          column([](const Notification& n) { return n.tenant; }), column([](const Notification& n) { return n.id; }),
          column([](const Notification& n) { return n.user; }), column([](const Notification& n) { return n.channel; }),
          column([](const Notification& n) { return n.template_name; }), column([](const Notification& n) { return n.subject; }),
          column([](const Notification& n) { return n.dedupe_key; }), column([](const Notification& n) { return ArrayOfParams(n.params); }),
          column([](const Notification& n) { return n.next_attempt_at; }), column([](const Notification& n) { return n.useless_after; }),
          column([](const Notification& n) { return n.traceparent; }), column([](const Notification& n) { return n.created; }))
      .affected();
}

std::vector<Notification> ClaimDueNotifications(db::Tx& tx, TimePoint now, int limit, std::chrono::milliseconds lease) {
  // MATERIALIZED: the planner may otherwise run the subquery again and claim more than the limit.
  return ReadAll(
      tx.Exec("WITH due AS MATERIALIZED ("
              " SELECT tenant_id AS t, notification_id AS i FROM notifications"
              " WHERE state = 'pending' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until < now())"
              " ORDER BY next_attempt_at, notification_id LIMIT " +
                  std::to_string(limit) +  // in the text: a plan that does not know it reads the whole table
                  " FOR UPDATE SKIP LOCKED)"
                  " UPDATE notifications SET attempt = attempt + 1, lease_until = now() + $2::bigint * interval '1 millisecond'"
                  " FROM due WHERE tenant_id = t AND notification_id = i RETURNING " +
                  kColumns,
              now, static_cast<std::int64_t>(lease.count())));
}

std::set<NotificationId> RenewLeases(db::Tx& tx, std::span<const Claim> claims, std::chrono::milliseconds lease) {
  const auto rows = tx.Exec(
      "UPDATE notifications n SET lease_until = now() + $4::bigint * interval '1 millisecond'"
      " FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS c(t, i, a)"
      " WHERE n.tenant_id = c.t AND n.notification_id = c.i AND n.attempt = c.a AND n.state = 'pending' RETURNING n.notification_id",
      Tenants(claims), Ids(claims), Attempts(claims), static_cast<std::int64_t>(lease.count()));
  std::set<NotificationId> held;
  for (const auto& row : rows) held.insert(row.Get<NotificationId>("notification_id"));
  return held;
}

void ReleaseClaims(db::Tx& tx, std::span<const Claim> claims) {
  tx.Exec(
      "UPDATE notifications n SET lease_until = NULL FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS c(t, i, a)"
      " WHERE n.tenant_id = c.t AND n.notification_id = c.i AND n.attempt = c.a AND n.state = 'pending'",
      Tenants(claims), Ids(claims), Attempts(claims));
}

std::set<NotificationId> CompleteNotifications(db::Tx& tx, std::span<const Completion> completions) {
  for (const auto& each : completions) CHECK((each.after.state == State::kPending) != each.event.has_value());
  const auto column = [&](auto get) { return db::ArrayOf(completions, [&](const Completion& each) { return get(each.after); }); };
  const auto rows = tx.Exec(
      "UPDATE notifications n SET state = q.state, locale = q.locale, tries = q.tries, last_error = q.last_error, next_attempt_at = q.next, "
      "lease_until = NULL, version = q.version, sent_at = q.sent, params = q.params::text[] FROM unnest($1::uuid[], $2::uuid[], "
      "$3::integer[], $4::text[], $5::text[], $6::integer[], $7::text[], $8::timestamptz[], $9::bigint[], $10::timestamptz[], $11::text[]) "
      "AS q(t, i, attempt, state, locale, tries, last_error, next, version, sent, params) WHERE n.tenant_id = q.t AND n.notification_id = "
      "q.i AND n.attempt = q.attempt AND n.state = 'pending' RETURNING n.notification_id",
      column([](const Notification& n) { return n.tenant; }), column([](const Notification& n) { return n.id; }),
      column([](const Notification& n) { return n.attempt; }), column([](const Notification& n) { return NameOf(n.state); }),
      column([](const Notification& n) { return n.locale; }), column([](const Notification& n) { return n.tries; }),
      column([](const Notification& n) { return n.last_error; }), column([](const Notification& n) { return n.next_attempt_at; }),
      column([](const Notification& n) { return n.version; }), column([](const Notification& n) { return n.sent; }),
      column([](const Notification& n) { return ArrayOfParams(n.params); }));
  std::set<NotificationId> written;
  for (const auto row : rows) written.insert(row.Get<NotificationId>("notification_id"));
  std::vector<quittance::events::Event> events;
  for (const auto& each : completions) {
    if (each.event && written.contains(each.after.id)) events.push_back(*each.event);
  }
  quittance::events::AppendToOutbox(tx, events);
  return written;
}

std::vector<Notification> LockOpenNotifications(db::Tx& tx, std::span<const Subject> subjects, std::string_view template_name) {
  return ReadAll(tx.Exec("SELECT " + kColumns +
                             " FROM unnest($1::uuid[], $2::text[]) AS q(t, s) JOIN notifications n ON n.tenant_id = q.t AND n.subject = q.s"
                             " WHERE template = $3 AND state = 'pending' ORDER BY notification_id FOR UPDATE OF n",
                         db::ArrayOf(subjects, [](const Subject& subject) { return subject.tenant; }),
                         db::ArrayOf(subjects, [](const Subject& subject) { return subject.id; }), template_name));
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
  // Two texts: a plan that serves both would read all of a tenant for one user.
  return ReadAll(tx.Exec("SELECT " + kColumns + " FROM notifications WHERE tenant_id = $1 AND " +
                             (filter.user ? "user_id = $2::uuid" : "$2::uuid IS NULL") +
                             " AND ($3::text IS NULL OR state = $3::text) AND ($4::uuid IS NULL OR notification_id > $4::uuid)"
                             " ORDER BY notification_id LIMIT $5",
                         tenant, filter.user, state, page.after, page.size));
}

}  // namespace quittance::notifications::store

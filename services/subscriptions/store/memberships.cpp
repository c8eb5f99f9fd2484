// SQL of memberships. Locking and reading facts are two statements on purpose: the second one sees what was committed while the first
// waited.
#include "services/subscriptions/store/memberships.h"

#include <map>

#include "common/events/outbox.h"
#include "services/subscriptions/store/names.h"

namespace quittance::subscriptions::store {
namespace {

using Key = std::pair<TenantId, MembershipId>;

Sealed SealedFrom(const db::Row& row, std::string_view bytes, std::string_view index) {
  if (row.IsNull(bytes)) return {};
  return {row.Get<db::Bytes>(bytes).data, row.Get<db::Bytes>(index).data};
}

StoredMembership FromRow(const db::Row& row) {
  Membership m;
  m.tenant = row.Get<TenantId>("tenant_id");
  m.id = row.Get<MembershipId>("id");
  m.user = row.Get<UserId>("user_id");
  m.channel = row.Get<std::string>("channel");
  m.state = ParseMembershipState(row.Text("state"));
  m.desired = row.Get<bool>("desired");
  m.inside = row.Get<bool>("inside");
  m.invite_link = row.Get<std::string>("invite_link");
  m.invite_expires = row.Find<TimePoint>("invite_expires");
  m.stale_link = row.Get<std::string>("stale_link");
  m.invites = row.Get<int>("invites");
  m.last_error = row.Get<std::string>("last_error");
  m.waiting_since = row.Find<TimePoint>("waiting_since");
  m.version = row.Get<std::int64_t>("version");
  m.create_time = row.Get<TimePoint>("created_at");
  m.update_time = row.Get<TimePoint>("updated_at");
  return {.membership = std::move(m),
          .chat = SealedFrom(row, "chat", "chat_index"),
          .account = SealedFrom(row, "account", "account_index"),
          .attempt = row.Get<std::int64_t>("attempt"),
          .tries = row.Get<int>("tries")};
}

template <class Range>
std::string Tenants(const Range& keys) {
  return db::ArrayOf(keys, [](const auto& key) { return key.first; });
}
template <class Range>
std::string Seconds(const Range& keys) {
  return db::ArrayOf(keys, [](const auto& key) { return key.second; });
}

constexpr std::string_view kFacts =
    "SELECT m.id, f.desired, f.boundary, f.access_end, f.last_paid, a.account, a.account_index, coalesce(u.locale, 'en') AS locale, EXISTS "
    "(SELECT 1 FROM telegram_bots b WHERE b.tenant_id = m.tenant_id AND b.paused_until > now()) AS bot_paused FROM "
    "unnest($1::uuid[], $2::uuid[]) AS q(tenant_id, id) JOIN memberships m ON m.tenant_id = q.tenant_id AND m.id = q.id LEFT JOIN "
    "telegram_accounts a ON a.tenant_id = m.tenant_id AND a.user_id = m.user_id LEFT JOIN users u ON u.tenant_id = m.tenant_id AND "
    "u.user_id = m.user_id CROSS JOIN LATERAL (SELECT coalesce(bool_or(p.starts_at <= $3 AND p.ends_at > $3 AND s.status <> 'suspended' "
    "AND coalesce(u.status, 'active') = 'active'), false) AS desired, min(least(CASE WHEN p.starts_at > $3 THEN p.starts_at END, CASE WHEN "
    "p.ends_at > $3 THEN p.ends_at END)) FILTER (WHERE s.status <> 'suspended') AS boundary, max(p.ends_at) FILTER (WHERE p.ends_at <= $3) "
    "AS access_end, max(p.succeeded_at) AS last_paid FROM subscription_periods p JOIN subscriptions s ON s.tenant_id = p.tenant_id AND "
    "s.id = p.subscription_id JOIN plans pl ON pl.tenant_id = p.tenant_id AND pl.id = p.plan_id WHERE p.tenant_id = m.tenant_id AND "
    "p.user_id = m.user_id AND m.channel = ANY(pl.channels)) f";

void AddFacts(const db::Row& row, MembershipView& view) {
  view.linked_account = SealedFrom(row, "account", "account_index");
  view.facts.desired = row.Get<bool>("desired");
  view.facts.boundary = row.Find<TimePoint>("boundary");
  view.facts.linked = !view.linked_account.empty();
  view.facts.same_account =
      view.stored.account.empty() || view.linked_account.empty() || view.stored.account.index == view.linked_account.index;
  view.locale = row.Get<std::string>("locale");
  view.access_end = row.Find<TimePoint>("access_end").value_or(TimePoint{});
  view.last_paid = row.Find<TimePoint>("last_paid");
  view.bot_paused = row.Get<bool>("bot_paused");
}

// Facts of rows that this transaction has locked.
std::vector<MembershipView> WithFacts(db::Tx& tx, const db::Rows& rows, TimePoint now) {
  std::vector<MembershipView> views;
  std::vector<Key> keys;
  std::map<MembershipId, std::size_t> index;
  for (const auto row : rows) {
    MembershipView view{.stored = FromRow(row), .facts = {}, .linked_account = {}, .locale = {}, .last_paid = {}};
    const Key key{view.stored.membership.tenant, view.stored.membership.id};
    index.emplace(key.second, views.size());
    keys.push_back(key);
    views.push_back(std::move(view));
  }
  if (keys.empty()) return views;
  for (const auto row : tx.Exec(kFacts, Tenants(keys), Seconds(keys), now)) AddFacts(row, views[index.at(row.Get<MembershipId>("id"))]);
  return views;
}

std::optional<MembershipView> FirstWithFacts(db::Tx& tx, const db::Rows& rows, TimePoint now) {
  auto views = WithFacts(tx, rows, now);
  if (views.empty()) return std::nullopt;
  return std::move(views.front());
}

std::optional<db::Bytes> OrNull(const std::string& bytes) {
  if (bytes.empty()) return std::nullopt;
  return db::Bytes{bytes};
}

template <class Get>
std::string Column(std::span<const StoredMembership> rows, Get get) {
  return db::ArrayOf(rows, get);
}

}  // namespace

void EnsureMemberships(db::Tx& tx, std::span<const MembershipKey> keys, TimePoint now) {
  if (keys.empty()) return;
  tx.Exec(
      "INSERT INTO memberships (tenant_id, id, user_id, channel, state, desired, inside, invite_link, stale_link, invites, last_error, "
      "version, created_at, updated_at, next_attempt_at) SELECT q.tenant_id, q.id, q.user_id, q.channel, 'none', false, false, '', '', 0, "
      "'', 0, $5, $5, $5 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) AS q(tenant_id, id, user_id, channel) ON CONFLICT "
      "(tenant_id, user_id, channel) DO NOTHING",
      db::ArrayOf(keys, [](const MembershipKey& key) { return key.tenant; }),
      db::ArrayOf(keys, [](const MembershipKey& key) { return key.fresh; }),
      db::ArrayOf(keys, [](const MembershipKey& key) { return key.user; }),
      db::ArrayOf(keys, [](const MembershipKey& key) { return key.channel; }), now);
}

void WakeMemberships(db::Tx& tx, std::span<const std::pair<TenantId, UserId>> users, TimePoint now) {
  if (users.empty()) return;
  tx.Exec(
      "UPDATE memberships m SET next_attempt_at = least(m.next_attempt_at, $3) FROM (SELECT DISTINCT * FROM unnest($1::uuid[], "
      "$2::uuid[])) AS q(tenant_id, user_id) WHERE m.tenant_id = q.tenant_id AND m.user_id = q.user_id",
      Tenants(users), Seconds(users), now);
}

void WakeBlockedOfChannel(db::Tx& tx, TenantId tenant, std::string_view channel, TimePoint now) {
  tx.Exec("UPDATE memberships SET next_attempt_at = $3 WHERE tenant_id = $1 AND channel = $2 AND state = 'blocked_config'", tenant, channel,
          now);
}

std::vector<MembershipView> LockDueMemberships(db::Tx& tx, TimePoint now, int limit) {
  // The limit stands in the text: a plan that does not know it reads the whole table.
  const auto rows = tx.Exec(
      "SELECT m.* FROM memberships m WHERE m.next_attempt_at <= $1 AND (m.lease_until IS NULL OR m.lease_until < now()) AND NOT EXISTS "
      "(SELECT 1 FROM telegram_bots b WHERE b.tenant_id = m.tenant_id AND b.paused_until > now()) ORDER BY m.next_attempt_at LIMIT " +
          std::to_string(limit) + " FOR UPDATE OF m SKIP LOCKED",
      now);
  return WithFacts(tx, rows, now);
}

void LeaseMemberships(db::Tx& tx, std::span<StoredMembership* const> rows) {
  if (rows.empty()) return;
  tx.Exec(
      "UPDATE memberships m SET attempt = m.attempt + 1, lease_until = now() + make_interval(secs => $3) FROM unnest($1::uuid[], "
      "$2::uuid[]) AS q(tenant_id, id) WHERE m.tenant_id = q.tenant_id AND m.id = q.id",
      db::ArrayOf(rows, [](const StoredMembership* row) { return row->membership.tenant; }),
      db::ArrayOf(rows, [](const StoredMembership* row) { return row->membership.id; }), std::int64_t{kMembershipLease.count()});
  for (auto* row : rows) row->attempt += 1;
}

std::optional<MembershipView> LockClaimed(db::Tx& tx, TenantId tenant, MembershipId id, std::int64_t attempt, TimePoint now) {
  return FirstWithFacts(
      tx, tx.Exec("SELECT * FROM memberships WHERE tenant_id = $1 AND id = $2 AND attempt = $3 FOR UPDATE", tenant, id, attempt), now);
}

std::optional<MembershipView> LockMembershipOfAccount(db::Tx& tx, TenantId tenant, std::string_view channel, std::string_view account_index,
                                                      TimePoint now) {
  const auto rows = tx.Exec(
      "SELECT m.* FROM memberships m LEFT JOIN telegram_accounts a ON a.tenant_id = m.tenant_id AND a.user_id = m.user_id WHERE "
      "m.tenant_id = $1 "
      "AND m.channel = $2 AND (CASE WHEN m.inside THEN m.account_index ELSE a.account_index END) = $3 ORDER BY m.inside DESC LIMIT 1 FOR "
      "UPDATE OF m",
      tenant, channel, db::Bytes{std::string(account_index)});
  return FirstWithFacts(tx, rows, now);
}

std::vector<MembershipView> LockMembershipsOfUser(db::Tx& tx, TenantId tenant, UserId user, TimePoint now) {
  return WithFacts(tx, tx.Exec("SELECT * FROM memberships WHERE tenant_id = $1 AND user_id = $2 ORDER BY id FOR UPDATE", tenant, user),
                   now);
}

std::vector<MembershipView> LockMembershipsInChannel(db::Tx& tx, TenantId tenant, std::string_view channel, TimePoint now) {
  return WithFacts(tx,
                   tx.Exec("SELECT * FROM memberships WHERE tenant_id = $1 AND channel = $2 AND (desired OR inside) ORDER BY id FOR UPDATE",
                           tenant, channel),
                   now);
}

void SaveMemberships(db::Tx& tx, std::span<const StoredMembership> rows, std::span<const quittance::events::Event> events) {
  if (rows.empty()) return;
  tx.Exec(
      "UPDATE memberships m SET state = q.state, desired = q.desired, inside = q.inside, invite_link = q.invite_link, invite_expires = "
      "q.invite_expires, stale_link = q.stale_link, invites = q.invites, last_error = q.last_error, waiting_since = q.waiting_since, "
      "version = q.version, updated_at = q.updated_at, chat = q.chat, chat_index = q.chat_index, account = q.account, account_index = "
      "q.account_index FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::boolean[], $6::text[], $7::timestamptz[], "
      "$8::text[], $9::integer[], $10::text[], $11::timestamptz[], $12::bigint[], $13::timestamptz[], $14::bytea[], $15::bytea[], "
      "$16::bytea[], $17::bytea[]) AS q(tenant_id, id, state, desired, inside, invite_link, invite_expires, stale_link, invites, "
      "last_error, waiting_since, version, updated_at, chat, chat_index, account, account_index) WHERE m.tenant_id = q.tenant_id AND m.id "
      "= q.id",
      Column(rows, [](const StoredMembership& r) { return r.membership.tenant; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.id; }),
      Column(rows, [](const StoredMembership& r) { return Name(r.membership.state); }),
      Column(rows, [](const StoredMembership& r) { return r.membership.desired; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.inside; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.invite_link; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.invite_expires; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.stale_link; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.invites; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.last_error; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.waiting_since; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.version; }),
      Column(rows, [](const StoredMembership& r) { return r.membership.update_time; }),
      Column(rows, [](const StoredMembership& r) { return OrNull(r.chat.bytes); }),
      Column(rows, [](const StoredMembership& r) { return OrNull(r.chat.index); }),
      Column(rows, [](const StoredMembership& r) { return OrNull(r.account.bytes); }),
      Column(rows, [](const StoredMembership& r) { return OrNull(r.account.index); }));
  if (!events.empty()) quittance::events::AppendToOutbox(tx, events);
}

void RestMemberships(db::Tx& tx, std::span<const Rest> rests) {
  if (rests.empty()) return;
  tx.Exec(
      "UPDATE memberships m SET next_attempt_at = q.next, tries = q.tries, lease_until = NULL, attempt = m.attempt + 1 FROM unnest($1::uuid[], $2::uuid[], "
      "$3::bigint[], $4::timestamptz[], $5::integer[]) AS q(tenant_id, id, attempt, next, tries) WHERE m.tenant_id = q.tenant_id AND m.id "
      "= q.id AND m.attempt = q.attempt",
      db::ArrayOf(rests, [](const Rest& r) { return r.tenant; }), db::ArrayOf(rests, [](const Rest& r) { return r.id; }),
      db::ArrayOf(rests, [](const Rest& r) { return r.attempt; }), db::ArrayOf(rests, [](const Rest& r) { return r.next; }),
      db::ArrayOf(rests, [](const Rest& r) { return r.tries; }));
}

std::vector<MembershipRead> FindMembershipsOfUser(db::Tx& tx, TenantId tenant, UserId user) {
  std::vector<MembershipRead> found;
  for (const auto row :
       tx.Exec("SELECT m.*, EXISTS (SELECT 1 FROM telegram_accounts a WHERE a.tenant_id = m.tenant_id AND a.user_id = m.user_id) AS linked "
               "FROM memberships m WHERE m.tenant_id = $1 AND m.user_id = $2 ORDER BY m.channel",
               tenant, user)) {
    found.push_back({FromRow(row).membership, row.Get<bool>("linked")});
  }
  return found;
}

std::optional<MembershipRead> FindMembership(db::Tx& tx, TenantId tenant, UserId user, std::string_view channel) {
  const auto rows = tx.Exec(
      "SELECT m.*, EXISTS (SELECT 1 FROM telegram_accounts a WHERE a.tenant_id = m.tenant_id AND a.user_id = m.user_id) AS linked "
      "FROM memberships m WHERE m.tenant_id = $1 AND m.user_id = $2 AND m.channel = $3",
      tenant, user, channel);
  if (rows.empty()) return std::nullopt;
  return MembershipRead{FromRow(rows.front()).membership, rows.front().Get<bool>("linked")};
}

std::optional<std::string> FindChannelOfChat(db::Tx& tx, TenantId tenant, std::string_view chat_index) {
  const auto rows = tx.Exec("SELECT channel FROM memberships WHERE tenant_id = $1 AND chat_index = $2 LIMIT 1", tenant,
                            db::Bytes{std::string(chat_index)});
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<std::string>("channel");
}

}  // namespace quittance::subscriptions::store

// SQL of webhooks taken in.
#include "services/billing/store/deliveries.h"

#include <algorithm>
#include <tuple>

#include "common/core/check.h"
#include "common/db/connection.h"

namespace quittance::billing::store {
namespace {

using Key = std::tuple<TenantId, std::string, std::string>;
Key KeyOf(const NewDelivery& d) { return {d.tenant, d.connection, d.event_id}; }

constexpr std::string_view kShown =
    "id, connection, event_id, event_type, body_hash, state, reason, payment_id, tries, retry_at, receive_time, update_time";

Delivery ReadShown(const db::Row& row) {
  const auto state = row.Text("state");
  Delivery delivery{.id = row.Get<DeliveryId>("id"),
                    .connection = row.Get<std::string>("connection"),
                    .event_id = row.Get<std::string>("event_id"),
                    .event_type = row.Get<std::string>("event_type"),
                    .body_hash = row.Get<db::Bytes>("body_hash").data,
                    .state = DeliveryState::kParked,
                    .reason = row.Get<std::string>("reason"),
                    .payment = row.Find<PaymentId>("payment_id"),
                    .tries = row.Get<int>("tries"),
                    .retry_time = row.Find<TimePoint>("retry_at"),
                    .receive_time = row.Get<TimePoint>("receive_time"),
                    .update_time = row.Get<TimePoint>("update_time")};
  for (const auto known : {DeliveryState::kApplied, DeliveryState::kIgnored, DeliveryState::kQuarantined}) {
    if (Name(known) == state) delivery.state = known;
  }
  return delivery;
}

// How many of the statement's rows came in, those aside that may be there already.
int InsertRows(db::Tx& tx, std::span<const NewDelivery> deliveries, std::span<const DeliveryOutcome> outcomes) {
  if (deliveries.empty()) return 0;
  const auto column = [deliveries](auto value) { return db::ArrayOf(deliveries, value); };
  const auto outcome = [outcomes](auto value) { return db::ArrayOf(outcomes, value); };
  const auto rows = tx.Exec(
      "INSERT INTO webhook_deliveries (tenant_id, id, connection, event_id, event_type, body_hash, body, receive_time, update_time, state, "
      "reason, payment_id, retry_at) SELECT tenant_id, id, connection, event_id, event_type, body_hash, body, receive_time, receive_time, "
      "state, reason, payment_id, retry_at FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], "
      "$7::bytea[], $8::timestamptz[], $9::text[], $10::text[], $11::uuid[], $12::timestamptz[]) AS n(tenant_id, id, connection, event_id, "
      "event_type, body_hash, body, receive_time, state, reason, payment_id, retry_at) ORDER BY tenant_id, connection, event_id, id "
      "ON CONFLICT DO NOTHING RETURNING state",
      column([](const NewDelivery& d) { return d.tenant; }), column([](const NewDelivery& d) { return d.id; }),
      column([](const NewDelivery& d) { return d.connection; }), column([](const NewDelivery& d) { return d.event_id; }),
      column([](const NewDelivery& d) { return d.event_type; }), column([](const NewDelivery& d) { return db::Bytes{d.body_hash}; }),
      column([](const NewDelivery& d) { return db::Bytes{d.sealed_body}; }), column([](const NewDelivery& d) { return d.receive_time; }),
      outcome([](const DeliveryOutcome& o) { return Name(o.state); }), outcome([](const DeliveryOutcome& o) { return o.reason; }),
      outcome([](const DeliveryOutcome& o) { return o.payment; }), outcome([](const DeliveryOutcome& o) { return o.retry_at; }));
  int counted = 0;
  for (const auto& row : rows) counted += row.Text("state") == Name(DeliveryState::kQuarantined) ? 0 : 1;
  return counted;
}

// The bodies' hashes of what is stored under these event ids.
std::map<Key, std::string> FindStored(db::Tx& tx, std::span<const NewDelivery> deliveries) {
  std::map<Key, std::string> stored;
  if (deliveries.empty()) return stored;
  const auto column = [deliveries](auto value) { return db::ArrayOf(deliveries, value); };
  const auto rows = tx.Exec(
      "SELECT d.tenant_id, d.connection, d.event_id, d.body_hash FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n(tenant_id, connection, "
      "event_id) JOIN webhook_deliveries d USING (tenant_id, connection, event_id) WHERE d.state <> 'quarantined'",
      column([](const NewDelivery& d) { return d.tenant; }), column([](const NewDelivery& d) { return d.connection; }),
      column([](const NewDelivery& d) { return d.event_id; }));
  for (const auto& row : rows) {
    stored[{row.Get<TenantId>("tenant_id"), row.Get<std::string>("connection"), row.Get<std::string>("event_id")}] =
        row.Get<db::Bytes>("body_hash").data;
  }
  return stored;
}

}  // namespace

std::vector<Intake> JudgeDeliveries(db::Tx& tx, std::span<const NewDelivery> deliveries) {
  auto stored = FindStored(tx, deliveries);
  std::vector<Intake> intake;
  for (const auto& delivery : deliveries) {
    // After a commit in doubt the same row is there already: it is this one, and it is done.
    const auto [before, fresh] = stored.try_emplace(KeyOf(delivery), delivery.body_hash);
    intake.push_back(fresh ? Intake::kFresh : before->second == delivery.body_hash ? Intake::kDuplicate : Intake::kQuarantined);
  }
  return intake;
}

void InsertDeliveries(db::Tx& tx, std::span<const NewDelivery> deliveries, std::span<const DeliveryOutcome> outcomes) {
  CHECK(deliveries.size() == outcomes.size());
  // What is quarantined for its environment may have come before; it changed nothing then either.
  const auto wanted = std::count_if(outcomes.begin(), outcomes.end(),
                                    [](const DeliveryOutcome& outcome) { return outcome.state != DeliveryState::kQuarantined; });
  if (InsertRows(tx, deliveries, outcomes) != wanted) throw db::RetryTransaction("a webhook was taken by two at once");
}

void InsertQuarantined(db::Tx& tx, std::span<const NewDelivery> deliveries) {
  std::vector<DeliveryOutcome> outcomes;
  for (const auto& d : deliveries) outcomes.push_back({d.tenant, d.id, DeliveryState::kQuarantined, "", std::nullopt, std::nullopt});
  InsertRows(tx, deliveries, outcomes);
}

void SetOutcomes(db::Tx& tx, std::span<const DeliveryOutcome> outcomes, TimePoint now) {
  if (outcomes.empty()) return;
  const auto column = [outcomes](auto value) { return db::ArrayOf(outcomes, value); };
  tx.Exec(
      "UPDATE webhook_deliveries d SET state = n.state, reason = n.reason, payment_id = n.payment_id, retry_at = n.retry_at, update_time = "
      "$7, lease_until = '-infinity' FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[]) AS "
      "n(tenant_id, id, state, reason, payment_id, retry_at) WHERE d.tenant_id = n.tenant_id AND d.id = n.id",
      column([](const DeliveryOutcome& o) { return o.tenant; }), column([](const DeliveryOutcome& o) { return o.id; }),
      column([](const DeliveryOutcome& o) { return Name(o.state); }), column([](const DeliveryOutcome& o) { return o.reason; }),
      column([](const DeliveryOutcome& o) { return o.payment; }), column([](const DeliveryOutcome& o) { return o.retry_at; }), now);
}

std::vector<ParkedDelivery> ClaimParked(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit) {
  std::vector<ParkedDelivery> parked;
  const auto rows = tx.Exec(
      "WITH due AS MATERIALIZED (SELECT tenant_id, id FROM webhook_deliveries WHERE retry_at <= $1 AND lease_until < now() ORDER BY "
      "retry_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) UPDATE webhook_deliveries d SET lease_until = now() + make_interval(secs => $2), "
      "lease = lease + 1, tries = tries + 1 FROM due WHERE d.tenant_id = due.tenant_id AND d.id = due.id RETURNING d.tenant_id, d.id, "
      "d.connection, d.event_id, d.event_type, d.body_hash, d.body, d.receive_time, d.reason, d.tries",
      now, static_cast<std::int64_t>(lease.count()), limit);
  for (const auto& row : rows) {
    parked.push_back({{row.Get<DeliveryId>("id"), row.Get<TenantId>("tenant_id"), row.Get<std::string>("connection"),
                       row.Get<std::string>("event_id"), row.Get<std::string>("event_type"), row.Get<db::Bytes>("body_hash").data,
                       row.Get<db::Bytes>("body").data, row.Get<TimePoint>("receive_time")},
                      row.Get<std::string>("reason"),
                      row.Get<int>("tries")});
  }
  return parked;
}

std::vector<Delivery> ListDeliveries(db::Tx& tx, const DeliveryFilter& filter, const PageRequest& page) {
  std::optional<std::string_view> state;
  if (filter.state) state = Name(*filter.state);
  const auto rows =
      tx.Exec("SELECT " + std::string(kShown) +
                  " FROM webhook_deliveries WHERE tenant_id = $1 AND ($2 = '' OR connection = $2) AND ($3::text IS NULL OR state = $3) "
                  "AND ($4::uuid IS NULL OR payment_id = $4) AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
              filter.tenant, filter.connection, state, filter.payment, page.after, page.size);
  std::vector<Delivery> list;
  for (const auto& row : rows) list.push_back(ReadShown(row));
  return list;
}

std::optional<Delivery> FindDelivery(db::Tx& tx, TenantId tenant, DeliveryId delivery) {
  const auto rows =
      tx.Exec("SELECT " + std::string(kShown) + " FROM webhook_deliveries WHERE tenant_id = $1 AND id = $2", tenant, delivery);
  if (rows.empty()) return std::nullopt;
  return ReadShown(rows.front());
}

std::optional<Delivery> LockDelivery(db::Tx& tx, TenantId tenant, DeliveryId delivery) {
  const auto rows =
      tx.Exec("SELECT " + std::string(kShown) + " FROM webhook_deliveries WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant, delivery);
  if (rows.empty()) return std::nullopt;
  return ReadShown(rows.front());
}

void ParkAnew(db::Tx& tx, TenantId tenant, DeliveryId delivery, TimePoint now) {
  tx.Exec(
      "UPDATE webhook_deliveries SET state = 'parked', reason = 'replay', retry_at = $3, tries = 0, update_time = $3 WHERE tenant_id = $1 "
      "AND id = $2",
      tenant, delivery, now);
}

bool InsertRejection(db::Tx& tx, const RejectedWebhook& rejected) {
  const auto rows = tx.Exec(
      "INSERT INTO webhook_rejections (tenant_id, id, connection, reason, body_hash, source_hash, receive_time) "
      "SELECT $1::uuid, $2::uuid, $3, $4, $5::bytea, $6, $7::timestamptz "
      "WHERE (SELECT count(*) FROM webhook_rejections WHERE tenant_id = $1 AND receive_time > $8) < $9 RETURNING id",
      rejected.tenant, rejected.id, rejected.connection, rejected.reason, db::Bytes{rejected.body_hash}, rejected.source_hash,
      rejected.receive_time, rejected.receive_time - std::chrono::minutes(1), kRejectionsPerMinute);
  return !rows.empty();
}

int PurgeDeliveries(db::Tx& tx, TimePoint before, int limit) {
  const auto deliveries = tx.Exec(
      "DELETE FROM webhook_deliveries WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM webhook_deliveries WHERE receive_time < $1 LIMIT "
      "$2)",
      before, limit);
  const auto rejections = tx.Exec(
      "DELETE FROM webhook_rejections WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM webhook_rejections WHERE receive_time < $1 LIMIT "
      "$2)",
      before, limit);
  return deliveries.affected() + rejections.affected();
}

int PurgeKeys(db::Tx& tx, std::chrono::seconds age, int limit) {
  return tx
      .Exec(
          "DELETE FROM idempotency_keys WHERE ctid IN (SELECT ctid FROM idempotency_keys WHERE created_at < now() - make_interval(secs => "
          "$1) LIMIT $2)",
          static_cast<std::int64_t>(age.count()), limit)
      .affected();
}

int PurgeInbox(db::Tx& tx, std::chrono::seconds age, int limit) {
  return tx
      .Exec("DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox WHERE applied_at < now() - make_interval(secs => $1) LIMIT $2)",
            static_cast<std::int64_t>(age.count()), limit)
      .affected();
}

}  // namespace quittance::billing::store

// SQL of webhooks taken in.
#include "services/billing/store/deliveries.h"

#include <algorithm>
#include <tuple>

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

std::set<DeliveryId> InsertRows(db::Tx& tx, std::span<const NewDelivery> deliveries, DeliveryState state) {
  std::set<DeliveryId> in;
  if (deliveries.empty()) return in;
  const auto column = [deliveries](auto value) { return db::ArrayOf(deliveries, value); };
  const auto rows = tx.Exec(
      "INSERT INTO webhook_deliveries (tenant_id, id, connection, event_id, event_type, body_hash, body, state, receive_time, update_time) "
      "SELECT tenant_id, id, connection, event_id, event_type, body_hash, body, $9, receive_time, receive_time "
      "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[], $8::timestamptz[]) "
      "AS n(tenant_id, id, connection, event_id, event_type, body_hash, body, receive_time) ORDER BY tenant_id, connection, event_id, id "
      "ON CONFLICT DO NOTHING RETURNING id",
      column([](const NewDelivery& d) { return d.tenant; }), column([](const NewDelivery& d) { return d.id; }),
      column([](const NewDelivery& d) { return d.connection; }), column([](const NewDelivery& d) { return d.event_id; }),
      column([](const NewDelivery& d) { return d.event_type; }), column([](const NewDelivery& d) { return db::Bytes{d.body_hash}; }),
      column([](const NewDelivery& d) { return db::Bytes{d.sealed_body}; }), column([](const NewDelivery& d) { return d.receive_time; }),
      Name(state));
  for (const auto& row : rows) in.insert(row.Get<DeliveryId>("id"));
  return in;
}

// What is stored under these event ids, in a snapshot after the insert has waited for whoever was there.
struct Stored {
  DeliveryId id;
  std::string body_hash;
};
std::map<Key, Stored> FindStored(db::Tx& tx, std::span<const NewDelivery> deliveries) {
  std::map<Key, Stored> stored;
  if (deliveries.empty()) return stored;
  const auto column = [deliveries](auto value) { return db::ArrayOf(deliveries, value); };
  const auto rows = tx.Exec(
      "SELECT d.tenant_id, d.connection, d.event_id, d.id, d.body_hash FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[], "
      "$3::text[])) AS n(tenant_id, connection, event_id) JOIN webhook_deliveries d USING (tenant_id, connection, event_id) WHERE d.state "
      "<> 'quarantined'",
      column([](const NewDelivery& d) { return d.tenant; }), column([](const NewDelivery& d) { return d.connection; }),
      column([](const NewDelivery& d) { return d.event_id; }));
  for (const auto& row : rows) {
    stored[{row.Get<TenantId>("tenant_id"), row.Get<std::string>("connection"), row.Get<std::string>("event_id")}] = {
        row.Get<DeliveryId>("id"), row.Get<db::Bytes>("body_hash").data};
  }
  return stored;
}

}  // namespace

std::vector<Intake> InsertDeliveries(db::Tx& tx, std::span<const NewDelivery> deliveries) {
  const auto fresh = InsertRows(tx, deliveries, DeliveryState::kParked);
  std::vector<NewDelivery> others;
  std::copy_if(deliveries.begin(), deliveries.end(), std::back_inserter(others),
               [&](const NewDelivery& d) { return !fresh.contains(d.id); });
  const auto stored = FindStored(tx, others);

  std::vector<Intake> intake;
  std::vector<NewDelivery> quarantined;
  for (const auto& delivery : deliveries) {
    const auto before = stored.find(KeyOf(delivery));
    // After a commit in doubt the same row is there already: it is this one, and it is done.
    const bool same = before == stored.end() || before->second.body_hash == delivery.body_hash;
    intake.push_back(fresh.contains(delivery.id) ? Intake::kFresh : same ? Intake::kDuplicate : Intake::kQuarantined);
    if (intake.back() == Intake::kQuarantined) quarantined.push_back(delivery);
  }
  InsertRows(tx, quarantined, DeliveryState::kQuarantined);
  return intake;
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

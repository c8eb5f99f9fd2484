// SQL of reconciliation. Names of settings are clear, so that the schedule needs no key to find connections.
#include "services/billing/store/reconciliation.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kColumns =
    "id, connection, kind, psp_reference, payment_id, amount_minor, currency, state, resolved_by, resolution, first_time, last_time";

Discrepancy Read(const db::Row& row) {
  return {.id = row.Get<DiscrepancyId>("id"),
          .connection = row.Get<std::string>("connection"),
          .kind = DiscrepancyKindNamed(row.Text("kind")),
          .psp_reference = row.Get<std::string>("psp_reference"),
          .payment = row.Find<PaymentId>("payment_id"),
          .amount_minor = row.Get<std::int64_t>("amount_minor"),
          .currency = row.Get<std::string>("currency"),
          .state = DiscrepancyStateNamed(row.Text("state")),
          .resolved_by = row.Get<std::string>("resolved_by"),
          .resolution = row.Get<std::string>("resolution"),
          .first_time = row.Get<TimePoint>("first_time"),
          .last_time = row.Get<TimePoint>("last_time")};
}

}  // namespace

void SyncSchedule(db::Tx& tx, TimePoint now) {
  tx.Exec(
      "INSERT INTO reconciliation_schedule (tenant_id, connection, hourly_at, nightly_at) SELECT DISTINCT tenant_id, split_part(key, '.', "
      "2), $1::timestamptz, $1::timestamptz FROM settings WHERE key LIKE 'psp.%.%' ON CONFLICT DO NOTHING",
      now);
}

std::vector<DueConnection> ClaimConnections(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit) {
  std::vector<DueConnection> due;
  const auto rows = tx.Exec(
      "WITH due AS MATERIALIZED (SELECT tenant_id, connection, nightly_at <= $1 AS nightly FROM reconciliation_schedule WHERE hourly_at <= "
      "$1 AND lease_until < now() ORDER BY hourly_at LIMIT $3 FOR UPDATE SKIP LOCKED) UPDATE reconciliation_schedule s SET "
      "lease_until = now() + make_interval(secs => $2) FROM due WHERE s.tenant_id = due.tenant_id AND s.connection = due.connection "
      "RETURNING s.tenant_id, s.connection, due.nightly",
      now, static_cast<std::int64_t>(lease.count()), limit);
  for (const auto& row : rows) {
    due.push_back({row.Get<TenantId>("tenant_id"), row.Get<std::string>("connection"), row.Get<bool>("nightly")});
  }
  return due;
}

void FinishConnection(db::Tx& tx, const DueConnection& done, TimePoint next_hour, TimePoint next_night) {
  tx.Exec(
      "UPDATE reconciliation_schedule SET hourly_at = $3, nightly_at = CASE WHEN $5 THEN $4 ELSE nightly_at END, lease_until = '-infinity' "
      "WHERE tenant_id = $1 AND connection = $2",
      done.tenant, done.connection, next_hour, next_night, done.nightly);
}

std::vector<HeldCapture> HeldCaptures(db::Tx& tx, TenantId tenant, const std::string& connection, TimePoint begin, TimePoint end,
                                      const std::optional<HeldCapture>& after) {
  std::vector<HeldCapture> held;
  std::optional<PaymentId> payment;
  std::optional<AttemptId> attempt;
  if (after) payment = after->payment.id, attempt = after->attempt;
  const auto rows = tx.Exec(
      "SELECT p.id AS payment_id, a.id, a.psp_reference, p.amount_minor, p.currency FROM payments p JOIN payment_attempts a ON a.tenant_id "
      "= p.tenant_id AND a.payment_id = p.id WHERE p.tenant_id = $1 AND a.connection = $2 AND a.status = 'succeeded' AND a.psp_reference "
      "<> '' AND p.succeed_time >= $3 AND p.succeed_time < $4 AND ($6::uuid IS NULL OR (p.id, a.id) > ($6::uuid, $7::uuid)) ORDER BY p.id, "
      "a.id LIMIT $5",
      tenant, connection, begin, end, kHeldMax, payment, attempt);
  for (const auto& row : rows) {
    const auto currency = Currency::Parse(row.Text("currency"));
    CHECK(currency);
    held.push_back({{tenant, row.Get<PaymentId>("payment_id")},
                    row.Get<AttemptId>("id"),
                    row.Get<std::string>("psp_reference"),
                    {row.Get<std::int64_t>("amount_minor"), *currency}});
  }
  return held;
}

void InsertRun(db::Tx& tx, TenantId tenant, const ReconciliationRun& run) {
  tx.Exec(
      "INSERT INTO reconciliation_runs (tenant_id, id, connection, begin_time, end_time, complete, listed, healed, open, run_time, actor) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
      tenant, run.id, run.connection, run.begin_time, run.end_time, run.complete, run.listed, run.healed, run.open, run.run_time,
      run.actor);
}

void PutDiscrepancy(db::Tx& tx, TenantId tenant, const Discrepancy& found) {
  tx.Exec(
      "INSERT INTO discrepancies AS d (tenant_id, id, connection, kind, psp_reference, payment_id, amount_minor, currency, state, "
      "first_time, last_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'OPEN', $9, $9) ON CONFLICT (tenant_id, connection, kind, "
      "psp_reference) DO UPDATE SET last_time = excluded.last_time, amount_minor = excluded.amount_minor, currency = excluded.currency, "
      "payment_id = coalesce(excluded.payment_id, d.payment_id), state = CASE WHEN d.state = 'HEALED' THEN 'OPEN' ELSE d.state END",
      tenant, found.id, found.connection, Name(found.kind), found.psp_reference, found.payment, found.amount_minor, found.currency,
      found.last_time);
}

int HealDiscrepancies(db::Tx& tx, TenantId tenant, const std::string& connection, const std::set<std::string>& references, TimePoint now) {
  return tx
      .Exec(
          "UPDATE discrepancies SET state = 'HEALED', last_time = $4 WHERE tenant_id = $1 AND connection = $2 AND psp_reference = "
          "ANY($3::text[]) AND state = 'OPEN' AND last_time < $4",
          tenant, connection, db::ArrayOf(references, [](const std::string& reference) { return reference; }), now)
      .affected();
}

int CountOpen(db::Tx& tx, TenantId tenant, const std::string& connection) {
  return tx
      .Exec("SELECT count(*) AS open FROM discrepancies WHERE tenant_id = $1 AND connection = $2 AND state = 'OPEN'", tenant, connection)
      .front()
      .Get<int>("open");
}

std::optional<TimePoint> OldestOpen(db::Tx& tx) {
  return tx.Exec("SELECT min(first_time) AS oldest FROM discrepancies WHERE state = 'OPEN'").front().Find<TimePoint>("oldest");
}

std::vector<Discrepancy> ListDiscrepancies(db::Tx& tx, const DiscrepancyFilter& filter, const PageRequest& page) {
  std::optional<std::string_view> state;
  if (filter.state) state = Name(*filter.state);
  const auto rows =
      tx.Exec("SELECT " + std::string(kColumns) +
                  " FROM discrepancies WHERE tenant_id = $1 AND ($2 = '' OR connection = $2) AND ($3::text IS NULL OR state = $3) "
                  "AND ($4::uuid IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
              filter.tenant, filter.connection, state, page.after, page.size);
  std::vector<Discrepancy> list;
  for (const auto& row : rows) list.push_back(Read(row));
  return list;
}

std::optional<Discrepancy> LockDiscrepancy(db::Tx& tx, TenantId tenant, DiscrepancyId id) {
  const auto rows =
      tx.Exec("SELECT " + std::string(kColumns) + " FROM discrepancies WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenant, id);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

void ResolveDiscrepancy(db::Tx& tx, TenantId tenant, const Discrepancy& resolved) {
  tx.Exec("UPDATE discrepancies SET state = 'RESOLVED', resolved_by = $3, resolution = $4, last_time = $5 WHERE tenant_id = $1 AND id = $2",
          tenant, resolved.id, resolved.resolved_by, resolved.resolution, resolved.last_time);
}

}  // namespace quittance::billing::store

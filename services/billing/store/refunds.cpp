// SQL of refunds.
#include "services/billing/store/refunds.h"

#include "services/billing/domain/life.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kColumns =
    "id, payment_id, attempt_id, connection, amount_minor, currency, status, reason, psp_reference, failure_code, manual, create_time, "
    "update_time";

Refund Read(const db::Row& row) {
  const auto currency = Currency::Parse(row.Text("currency"));
  CHECK(currency);
  return {.id = row.Get<RefundId>("id"),
          .payment = row.Get<PaymentId>("payment_id"),
          .attempt = row.Get<AttemptId>("attempt_id"),
          .connection = row.Get<std::string>("connection"),
          .amount = {row.Get<std::int64_t>("amount_minor"), *currency},
          .status = RefundStatusNamed(row.Text("status")),
          .reason = row.Get<std::string>("reason"),
          .psp_reference = row.Get<std::string>("psp_reference"),
          .failure_code = row.Get<std::string>("failure_code"),
          .manual = row.Get<bool>("manual"),
          .create_time = row.Get<TimePoint>("create_time"),
          .update_time = row.Get<TimePoint>("update_time")};
}

}  // namespace

void InsertRefund(db::Tx& tx, const Payment& payment, const Refund& refund, std::optional<TimePoint> send_at, bool leased,
                  ::quittance::events::Event event, std::vector<::quittance::events::Event>& events) {
  tx.Exec(
      "INSERT INTO refunds (tenant_id, id, payment_id, user_id, attempt_id, connection, amount_minor, currency, status, reason, "
      "psp_reference, failure_code, create_time, update_time, send_at, lease_until, lease, manual) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "$9, $10, $11, $12, $13, $13, $14, CASE WHEN $15 THEN now() + make_interval(secs => $16) ELSE '-infinity' END, CASE WHEN $15 THEN 1 "
      "ELSE 0 END, $17)",
      payment.tenant, refund.id, payment.id, payment.user, refund.attempt, refund.connection, refund.amount.amount_minor,
      refund.amount.currency.code(), Name(refund.status), refund.reason, refund.psp_reference, refund.failure_code, refund.create_time,
      send_at, leased, static_cast<std::int64_t>(kPspLease.count()), refund.manual);
  events.push_back(std::move(event));
}

std::map<PaymentKey, std::vector<Refund>> FindRefunds(db::Tx& tx, const std::set<PaymentKey>& keys) {
  std::map<PaymentKey, std::vector<Refund>> refunds;
  if (keys.empty()) return refunds;
  const auto rows = tx.Exec(
      "SELECT tenant_id, " + std::string(kColumns) +
          " FROM refunds WHERE (tenant_id, payment_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY payment_id, id",
      db::ArrayOf(keys, [](const PaymentKey& key) { return key.tenant; }), db::ArrayOf(keys, [](const PaymentKey& key) { return key.id; }));
  for (const auto& row : rows) {
    auto refund = Read(row);
    refunds[{row.Get<TenantId>("tenant_id"), refund.payment}].push_back(std::move(refund));
  }
  return refunds;
}

std::optional<Refund> FindRefund(db::Tx& tx, TenantId tenant, RefundId refund) {
  const auto rows = tx.Exec("SELECT " + std::string(kColumns) + " FROM refunds WHERE tenant_id = $1 AND id = $2", tenant, refund);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

std::vector<Refund> ListRefunds(db::Tx& tx, const RefundFilter& filter, const PageRequest& page) {
  std::optional<std::string_view> status;
  if (filter.status) status = Name(*filter.status);
  const auto rows =
      tx.Exec("SELECT " + std::string(kColumns) +
                  " FROM refunds WHERE tenant_id = $1 AND ($2::uuid IS NULL OR payment_id = $2) AND ($3::uuid IS NULL OR user_id = $3) "
                  "AND ($4::text IS NULL OR status = $4) AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
              filter.tenant, filter.payment, filter.user, status, page.after, page.size);
  std::vector<Refund> list;
  for (const auto& row : rows) list.push_back(Read(row));
  return list;
}

void UpdateRefunds(db::Tx& tx, std::span<const RefundUpdate> updates) {
  if (updates.empty()) return;
  const auto column = [updates](auto value) { return db::ArrayOf(updates, value); };
  tx.Exec(
      "UPDATE refunds r SET status = n.status, psp_reference = n.psp_reference, failure_code = n.failure_code, update_time = "
      "n.update_time, "
      "send_at = CASE WHEN n.psp_has_it THEN NULL ELSE r.send_at END "
      "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::bool[]) "
      "AS n(tenant_id, id, status, psp_reference, failure_code, update_time, psp_has_it) WHERE r.tenant_id = n.tenant_id AND r.id = n.id",
      column([](const RefundUpdate& u) { return u.tenant; }), column([](const RefundUpdate& u) { return u.refund.id; }),
      column([](const RefundUpdate& u) { return Name(u.refund.status); }),
      column([](const RefundUpdate& u) { return u.refund.psp_reference; }),
      column([](const RefundUpdate& u) { return u.refund.failure_code; }),
      column([](const RefundUpdate& u) { return u.refund.update_time; }), column([](const RefundUpdate& u) { return u.psp_has_it; }));
}

std::optional<Lease> LeaseRefund(db::Tx& tx, TenantId tenant, RefundId refund, std::chrono::seconds lease) {
  const auto rows = tx.Exec(
      "UPDATE refunds SET lease_until = now() + make_interval(secs => $3), lease = lease + 1 WHERE tenant_id = $1 AND id = $2 AND "
      "lease_until < now() "
      "RETURNING lease",
      tenant, refund, static_cast<std::int64_t>(lease.count()));
  if (rows.empty()) return std::nullopt;
  return Lease{rows.front().Get<int>("lease")};
}

bool ReleaseRefund(db::Tx& tx, TenantId tenant, RefundId refund, Lease lease) {
  const auto rows = tx.Exec(
      "UPDATE refunds SET lease_until = '-infinity' WHERE tenant_id = $1 AND id = $2 AND lease = $3 AND lease_until > '-infinity' "
      "RETURNING id",
      tenant, refund, lease.number);
  return !rows.empty();
}

void SetRefundSend(db::Tx& tx, TenantId tenant, RefundId refund, std::optional<TimePoint> send_at) {
  tx.Exec("UPDATE refunds SET send_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, refund, send_at);
}

void PutOffSend(db::Tx& tx, TenantId tenant, RefundId refund, TimePoint send_at) {
  tx.Exec("UPDATE refunds SET send_at = $3, sends = greatest(sends - 1, 0) WHERE tenant_id = $1 AND id = $2", tenant, refund, send_at);
}

std::vector<DueRefund> ClaimDueRefunds(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit) {
  std::vector<DueRefund> due;
  const auto rows = tx.Exec(
      "WITH due AS MATERIALIZED (SELECT tenant_id, id FROM refunds WHERE send_at <= $1 AND lease_until < now() ORDER BY send_at, id LIMIT "
      "$3 FOR UPDATE SKIP LOCKED) UPDATE refunds r SET lease_until = now() + make_interval(secs => $2), lease = lease + 1, sends = sends + "
      "1 FROM due WHERE r.tenant_id = due.tenant_id AND r.id = due.id RETURNING r.tenant_id, r.payment_id, r.id, r.lease, r.sends",
      now, static_cast<std::int64_t>(lease.count()), limit);
  for (const auto& row : rows) {
    due.push_back({{row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id")},
                   row.Get<RefundId>("id"),
                   {row.Get<int>("lease")},
                   row.Get<int>("sends")});
  }
  return due;
}

}  // namespace quittance::billing::store

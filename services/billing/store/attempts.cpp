// SQL of attempts. Leases are database time and never shift with the business clock.
#include "services/billing/store/attempts.h"

#include "services/billing/domain/life.h"

namespace quittance::billing::store {
namespace {

Attempt Read(const db::Row& row) {
  Attempt attempt;
  attempt.id = row.Get<AttemptId>("id");
  attempt.number = row.Get<int>("number");
  attempt.connection = row.Get<std::string>("connection");
  attempt.psp = row.Get<std::string>("psp");
  attempt.psp_reference = row.Get<std::string>("psp_reference");
  attempt.status = AttemptStatusNamed(row.Text("status"));
  attempt.unknown = row.Get<bool>("unknown");
  attempt.decline_code = row.Get<std::string>("decline_code");
  attempt.return_url = row.Get<std::string>("return_url");
  attempt.next_action.redirect_url = row.Get<std::string>("redirect_url");
  attempt.next_action.transfer_lines = row.Get<std::vector<std::string>>("transfer_lines");
  attempt.next_action.transfer_reference = row.Get<std::string>("transfer_reference");
  attempt.method = row.Find<PaymentMethodId>("payment_method_id");
  attempt.create_time = row.Get<TimePoint>("create_time");
  return attempt;
}

std::string Lines(const Attempt& attempt) {
  return db::ArrayOf(attempt.next_action.transfer_lines, [](const std::string& line) { return line; });
}

template <class Item, class Fn>
std::string Column(std::span<const Item> items, Fn value) {
  return db::ArrayOf(items, value);
}

}  // namespace

void InsertAttempts(db::Tx& tx, std::span<const NewAttempt> attempts) {
  if (attempts.empty()) return;
  using New = NewAttempt;
  tx.Exec(
      "INSERT INTO payment_attempts (tenant_id, id, payment_id, user_id, number, connection, psp, psp_reference, status, return_url, "
      "transfer_lines, transfer_reference, create_time, check_at, lease_until, lease, payment_method_id) SELECT tenant_id, id, payment_id, "
      "user_id, number, connection, psp, psp_reference, status, return_url, lines::text[], transfer_reference, create_time, check_at, CASE "
      "WHEN leased THEN now() + make_interval(secs => $16) ELSE '-infinity' END, CASE WHEN leased THEN 1 ELSE 0 END, method FROM "
      "unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], "
      "$11::text[], $12::text[], $13::timestamptz[], $14::timestamptz[], $15::bool[], $17::uuid[]) AS n(tenant_id, id, payment_id, "
      "user_id, number, connection, psp, psp_reference, status, return_url, lines, transfer_reference, create_time, check_at, leased, "
      "method)",
      Column(attempts, [](const New& a) { return a.tenant; }), Column(attempts, [](const New& a) { return a.attempt.id; }),
      Column(attempts, [](const New& a) { return a.payment; }), Column(attempts, [](const New& a) { return a.user; }),
      Column(attempts, [](const New& a) { return a.attempt.number; }), Column(attempts, [](const New& a) { return a.attempt.connection; }),
      Column(attempts, [](const New& a) { return a.attempt.psp; }), Column(attempts, [](const New& a) { return a.attempt.psp_reference; }),
      Column(attempts, [](const New& a) { return Name(a.attempt.status); }),
      Column(attempts, [](const New& a) { return a.attempt.return_url; }), Column(attempts, [](const New& a) { return Lines(a.attempt); }),
      Column(attempts, [](const New& a) { return a.attempt.next_action.transfer_reference; }),
      Column(attempts, [](const New& a) { return a.attempt.create_time; }), Column(attempts, [](const New& a) { return a.check_at; }),
      Column(attempts, [](const New& a) { return a.leased; }), static_cast<std::int64_t>(kPspLease.count()),
      Column(attempts, [](const New& a) { return a.attempt.method; }));
}

std::map<PaymentKey, std::vector<Attempt>> FindAttempts(db::Tx& tx, const std::set<PaymentKey>& keys) {
  std::map<PaymentKey, std::vector<Attempt>> attempts;
  if (keys.empty()) return attempts;
  const auto rows = tx.Exec(
      "SELECT tenant_id, payment_id, id, number, connection, psp, psp_reference, status, unknown, decline_code, return_url, redirect_url, "
      "transfer_lines, transfer_reference, payment_method_id, create_time FROM payment_attempts WHERE (tenant_id, payment_id) IN (SELECT * "
      "FROM unnest($1::uuid[], $2::uuid[])) ORDER BY payment_id, number",
      db::ArrayOf(keys, [](const PaymentKey& key) { return key.tenant; }), db::ArrayOf(keys, [](const PaymentKey& key) { return key.id; }));
  for (const auto& row : rows) attempts[{row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id")}].push_back(Read(row));
  return attempts;
}

void UpdateAttempts(db::Tx& tx, std::span<const AttemptUpdate> updates) {
  if (updates.empty()) return;
  using Up = AttemptUpdate;
  tx.Exec(
      "UPDATE payment_attempts a SET status = n.status, unknown = n.unknown, psp_reference = n.psp_reference, decline_code = "
      "n.decline_code, "
      "redirect_url = n.redirect_url, transfer_lines = n.lines::text[], transfer_reference = n.transfer_reference, "
      "request_signature = CASE WHEN n.signature = '' THEN a.request_signature ELSE n.signature END, "
      // One that was never answered keeps the look of the day it was made.
      "check_at = CASE WHEN n.unknown THEN coalesce(n.check_at, a.check_at) WHEN n.status = 'created' THEN a.check_at END FROM "
      "unnest($1::uuid[], $2::uuid[], $3::text[], $4::bool[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], "
      "$11::timestamptz[]) AS n(tenant_id, id, status, unknown, psp_reference, decline_code, redirect_url, lines, transfer_reference, "
      "signature, check_at) WHERE a.tenant_id = n.tenant_id AND a.id = n.id",
      Column(updates, [](const Up& u) { return u.tenant; }), Column(updates, [](const Up& u) { return u.attempt.id; }),
      Column(updates, [](const Up& u) { return Name(u.attempt.status); }), Column(updates, [](const Up& u) { return u.attempt.unknown; }),
      Column(updates, [](const Up& u) { return u.attempt.psp_reference; }),
      Column(updates, [](const Up& u) { return u.attempt.decline_code; }),
      Column(updates, [](const Up& u) { return u.attempt.next_action.redirect_url; }),
      Column(updates, [](const Up& u) { return Lines(u.attempt); }),
      Column(updates, [](const Up& u) { return u.attempt.next_action.transfer_reference; }),
      Column(updates, [](const Up& u) { return u.request_signature; }), Column(updates, [](const Up& u) { return u.check_at; }));
}

std::optional<Lease> LeaseAttempt(db::Tx& tx, TenantId tenant, AttemptId attempt, std::chrono::seconds lease) {
  const auto rows = tx.Exec(
      "UPDATE payment_attempts SET lease_until = now() + make_interval(secs => $3), lease = lease + 1 "
      "WHERE tenant_id = $1 AND id = $2 AND lease_until < now() RETURNING lease",
      tenant, attempt, static_cast<std::int64_t>(lease.count()));
  if (rows.empty()) return std::nullopt;
  return Lease{rows.front().Get<int>("lease")};
}

std::set<AttemptId> ReleaseAttempts(db::Tx& tx, std::span<const HeldLease> held) {
  const auto rows = tx.Exec(
      "UPDATE payment_attempts a SET lease_until = '-infinity' FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS q(tenant_id, id, lease) "
      "WHERE a.tenant_id = q.tenant_id AND a.id = q.id AND a.lease = q.lease AND a.lease_until > '-infinity' RETURNING a.id",
      db::ArrayOf(held, [](const HeldLease& each) { return each.tenant; }),
      db::ArrayOf(held, [](const HeldLease& each) { return each.attempt; }),
      db::ArrayOf(held, [](const HeldLease& each) { return each.lease.number; }));
  std::set<AttemptId> released;
  for (const auto& row : rows) released.insert(row.Get<AttemptId>("id"));
  return released;
}

std::vector<DueAttempt> ClaimDueAttempts(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit) {
  std::vector<DueAttempt> due;
  const auto rows = tx.Exec(
      "WITH due AS MATERIALIZED (SELECT tenant_id, id FROM payment_attempts WHERE check_at <= $1 AND lease_until < now() "
      "ORDER BY check_at, id LIMIT $3 FOR UPDATE SKIP LOCKED) "
      "UPDATE payment_attempts a SET lease_until = now() + make_interval(secs => $2), lease = lease + 1, checks = checks + 1 FROM due "
      "WHERE a.tenant_id = due.tenant_id AND a.id = due.id RETURNING a.tenant_id, a.payment_id, a.id, a.lease, a.checks",
      now, static_cast<std::int64_t>(lease.count()), limit);
  for (const auto& row : rows) {
    due.push_back({{row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id")},
                   row.Get<AttemptId>("id"),
                   {row.Get<int>("lease")},
                   row.Get<int>("checks")});
  }
  return due;
}

void SetAttemptCheck(db::Tx& tx, TenantId tenant, AttemptId attempt, std::optional<TimePoint> check_at) {
  tx.Exec("UPDATE payment_attempts SET check_at = $3 WHERE tenant_id = $1 AND id = $2", tenant, attempt, check_at);
}

void PutOffCheck(db::Tx& tx, TenantId tenant, AttemptId attempt, TimePoint check_at) {
  tx.Exec("UPDATE payment_attempts SET check_at = $3, checks = greatest(checks - 1, 0) WHERE tenant_id = $1 AND id = $2", tenant, attempt,
          check_at);
}

std::optional<PaymentId> PaymentOf(db::Tx& tx, TenantId tenant, AttemptId attempt) {
  const auto rows = tx.Exec("SELECT payment_id FROM payment_attempts WHERE tenant_id = $1 AND id = $2", tenant, attempt);
  if (rows.empty()) return std::nullopt;
  return rows.front().Get<PaymentId>("payment_id");
}

std::map<Reference, Owner> FindByReference(db::Tx& tx, const std::set<Reference>& references) {
  std::map<Reference, Owner> owners;
  if (references.empty()) return owners;
  const auto rows = tx.Exec(
      "SELECT a.tenant_id, a.connection, a.psp_reference, a.payment_id, a.id FROM payment_attempts a "
      "JOIN unnest($1::uuid[], $2::text[], $3::text[]) AS n(tenant_id, connection, psp_reference) USING (tenant_id, connection, "
      "psp_reference) "
      "WHERE a.psp_reference <> ''",
      db::ArrayOf(references, [](const Reference& r) { return r.tenant; }),
      db::ArrayOf(references, [](const Reference& r) { return r.connection; }),
      db::ArrayOf(references, [](const Reference& r) { return r.psp_reference; }));
  for (const auto& row : rows) {
    owners[{row.Get<TenantId>("tenant_id"), row.Get<std::string>("connection"), row.Get<std::string>("psp_reference")}] = {
        row.Get<PaymentId>("payment_id"), row.Get<AttemptId>("id")};
  }
  return owners;
}

}  // namespace quittance::billing::store

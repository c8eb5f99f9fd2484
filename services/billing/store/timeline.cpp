// SQL of calls and of the timeline. A delivery's uuid and an audit row's are shown with their prefixes.
#include "services/billing/store/timeline.h"

#include <algorithm>

namespace quittance::billing::store {
namespace {

constexpr std::string_view kAuditPrefix = "aud_";

void AddFacts(db::Tx& tx, const Payment& payment, std::vector<TimelineEntry>& entries) {
  const auto rows = tx.Exec(
      "SELECT kind, connection, object, amount_minor, currency, code, receive_time FROM payment_facts WHERE tenant_id = $1 AND payment_id "
      "= $2 ORDER BY id DESC LIMIT $3",
      payment.tenant, payment.id, kTimelineMax);
  for (const auto& row : rows) {
    TimelineEntry entry{EntryKind::kFact,
                        row.Get<TimePoint>("receive_time"),
                        row.Get<std::string>("kind"),
                        "",
                        row.Get<std::string>("connection"),
                        row.Get<std::string>("object"),
                        row.Get<std::string>("code"),
                        std::nullopt,
                        row.Get<std::string>("currency"),
                        "",
                        ""};
    if (!entry.currency.empty()) entry.amount_minor = row.Get<std::int64_t>("amount_minor");
    entries.push_back(std::move(entry));
  }
}

void AddDeliveries(db::Tx& tx, const Payment& payment, std::vector<TimelineEntry>& entries) {
  const auto rows = tx.Exec(
      "SELECT id, connection, event_id, event_type, state, reason, receive_time FROM webhook_deliveries WHERE tenant_id = $1 AND "
      "payment_id = $2 ORDER BY receive_time DESC LIMIT $3",
      payment.tenant, payment.id, kTimelineMax);
  for (const auto& row : rows) {
    const auto reason = row.Get<std::string>("reason");
    entries.push_back({EntryKind::kDelivery, row.Get<TimePoint>("receive_time"), row.Get<std::string>("event_type"),
                       row.Get<DeliveryId>("id").ToString(), row.Get<std::string>("connection"), row.Get<std::string>("event_id"),
                       row.Get<std::string>("state") + (reason.empty() ? "" : ": " + reason), std::nullopt, "", "", ""});
  }
}

void AddCalls(db::Tx& tx, const Payment& payment, std::vector<TimelineEntry>& entries) {
  for (const auto& attempt : payment.attempts) {
    entries.push_back({EntryKind::kCall, attempt.create_time, "create", attempt.id.ToString(), attempt.connection,
                       "pay:" + attempt.id.ToString(), attempt.unknown ? "no answer" : std::string(Name(attempt.status)), std::nullopt, "",
                       "", ""});
  }
  const auto rows = tx.Exec(
      "SELECT verb, connection, key, answered, call_time FROM psp_calls WHERE tenant_id = $1 AND payment_id = $2 ORDER BY id DESC LIMIT $3",
      payment.tenant, payment.id, kTimelineMax);
  for (const auto& row : rows) {
    entries.push_back({EntryKind::kCall, row.Get<TimePoint>("call_time"), row.Get<std::string>("verb"), "",
                       row.Get<std::string>("connection"), row.Get<std::string>("key"),
                       row.Get<bool>("answered") ? "answered" : "no answer", std::nullopt, "", "", ""});
  }
}

// Audit rows of the payment, its refunds and its deliveries.
void AddAudit(db::Tx& tx, const Payment& payment, std::vector<TimelineEntry>& entries) {
  const auto refunds = tx.Exec("SELECT id FROM refunds WHERE tenant_id = $1 AND payment_id = $2", payment.tenant, payment.id);
  std::vector<std::string> subjects = {payment.id.ToString()};
  for (const auto& row : refunds) subjects.push_back(row.Get<RefundId>("id").ToString());
  for (const auto& entry : entries) {
    if (entry.kind == EntryKind::kDelivery) subjects.push_back(entry.id);
  }
  const auto rows = tx.Exec(
      "SELECT entry_id, time, actor, action, subject, detail, event_id FROM audit_log WHERE tenant_id = $1 AND subject = ANY($2::text[]) "
      "ORDER BY id DESC LIMIT $3",
      payment.tenant, db::ArrayOf(subjects, [](const std::string& subject) { return subject; }), kTimelineMax);
  for (const auto& row : rows) {
    const auto event = row.Find<Uuid>("event_id");
    entries.push_back({EntryKind::kAudit, row.Get<TimePoint>("time"), row.Get<std::string>("action"),
                       std::string(kAuditPrefix) + row.Get<Uuid>("entry_id").Hex(), "", row.Get<std::string>("subject"),
                       row.Get<std::string>("detail"), std::nullopt, "", row.Get<std::string>("actor"), event ? event->Hex() : ""});
  }
}

}  // namespace

void InsertPspCalls(db::Tx& tx, std::span<const NewPspCall> calls, TimePoint now) {
  if (calls.empty()) return;
  const auto column = [calls](auto value) { return db::ArrayOf(calls, value); };
  using New = NewPspCall;
  tx.Exec(
      "INSERT INTO psp_calls (tenant_id, payment_id, user_id, verb, connection, key, answered, request_signature, call_time) "
      "SELECT n.*, $9::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bool[], "
      "$8::text[]) AS n",
      column([](const New& c) { return c.payment.tenant; }), column([](const New& c) { return c.payment.id; }),
      column([](const New& c) { return c.user; }), column([](const New& c) { return c.call.verb; }),
      column([](const New& c) { return c.call.connection; }), column([](const New& c) { return c.call.key; }),
      column([](const New& c) { return c.call.answered; }), column([](const New& c) { return c.call.request_signature; }), now);
}

int PurgePspCalls(db::Tx& tx, TimePoint before, int limit) {
  return tx.Exec("DELETE FROM psp_calls WHERE ctid IN (SELECT ctid FROM psp_calls WHERE call_time < $1 LIMIT $2)", before, limit)
      .affected();
}

std::vector<TimelineEntry> ReadTimeline(db::Tx& tx, const Payment& payment) {
  std::vector<TimelineEntry> entries;
  AddFacts(tx, payment, entries);
  AddDeliveries(tx, payment, entries);
  AddCalls(tx, payment, entries);
  AddAudit(tx, payment, entries);
  std::stable_sort(entries.begin(), entries.end(), [](const TimelineEntry& a, const TimelineEntry& b) { return a.time < b.time; });
  return entries;
}

}  // namespace quittance::billing::store

// Table audit_log: one set-based insert, and the pages of a tenant's trail.
#include "common/audit/audit.h"

namespace quittance::audit {
namespace {

std::optional<Uuid> EventOf(const Entry& entry) {
  if (entry.event == Uuid{}) return std::nullopt;
  return entry.event;
}

Row ReadRow(TenantId tenant, const db::Row& row) {
  Row entry;
  entry.id = row.Get<std::int64_t>("id");
  entry.entry_id = row.Get<Uuid>("entry_id");
  entry.entry.tenant = tenant;
  entry.entry.time = row.Get<TimePoint>("time");
  entry.entry.cause = {row.Get<std::string>("actor"), row.Get<std::string>("traceparent")};
  entry.entry.action = row.Get<std::string>("action");
  entry.entry.subject = row.Get<std::string>("subject");
  entry.entry.detail = row.Get<std::string>("detail");
  entry.entry.event = row.Find<Uuid>("event_id").value_or(Uuid{});
  return entry;
}

}  // namespace

void Append(db::Tx& tx, std::span<const Entry> entries) {
  if (entries.empty()) return;
  const auto column = [&](auto value) { return db::ArrayOf(entries, value); };
  tx.Exec(R"(INSERT INTO audit_log (tenant_id, time, actor, action, subject, detail, event_id, traceparent)
             SELECT tenant_id, time, actor, action, subject, detail, event_id, traceparent
             FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[])
                  WITH ORDINALITY AS e (tenant_id, time, actor, action, subject, detail, event_id, traceparent, position)
             ORDER BY position)",
          column([](const Entry& e) { return e.tenant; }), column([](const Entry& e) { return e.time; }),
          column([](const Entry& e) { return e.cause.actor; }), column([](const Entry& e) { return e.action; }),
          column([](const Entry& e) { return e.subject; }), column([](const Entry& e) { return e.detail; }), column(&EventOf),
          column([](const Entry& e) { return e.cause.traceparent; }));
}

std::vector<Row> List(db::Tx& tx, TenantId tenant, const Filter& filter, std::int64_t after, int limit) {
  std::vector<Row> found;
  const auto rows = tx.Exec(R"(SELECT id, entry_id, time, actor, action, subject, detail, event_id, traceparent FROM audit_log
                                WHERE tenant_id = $1 AND id > $2 AND ($3 = '' OR subject = $3) AND ($4 = '' OR action = $4)
                                ORDER BY id LIMIT $5)",
                            tenant, after, filter.subject, filter.action, limit);
  for (const auto& row : rows) found.push_back(ReadRow(tenant, row));
  return found;
}

// Two branches, so that each goes over its index (audit_log_subject, audit_log_person).
std::vector<Row> ListAbout(db::Tx& tx, TenantId tenant, std::string_view person, std::int64_t after, int limit) {
  std::vector<Row> found;
  const auto rows = tx.Exec(R"(
      (SELECT id, entry_id, time, actor, action, subject, detail, event_id, traceparent FROM audit_log
        WHERE tenant_id = $1 AND subject = $2 AND id > $3 ORDER BY id LIMIT $4)
      UNION
      (SELECT id, entry_id, time, actor, action, subject, detail, event_id, traceparent FROM audit_log
        WHERE tenant_id = $1 AND actor = $2 AND actor LIKE 'usr\_%' AND id > $3 ORDER BY id LIMIT $4)
      ORDER BY id LIMIT $4)",
                            tenant, person, after, limit);
  for (const auto& row : rows) found.push_back(ReadRow(tenant, row));
  return found;
}

}  // namespace quittance::audit

// SQL of facts.
#include "services/billing/store/facts.h"

#include <algorithm>
#include <tuple>

namespace quittance::billing::store {

void InsertFacts(db::Tx& tx, std::vector<NewFact> facts, TimePoint now) {
  if (facts.empty()) return;
  std::sort(facts.begin(), facts.end(), [](const NewFact& a, const NewFact& b) {
    return std::tie(a.payment.tenant, a.fact.connection, a.fact.event_key) <
           std::tie(b.payment.tenant, b.fact.connection, b.fact.event_key);
  });
  const auto column = [&facts](auto value) { return db::ArrayOf(facts, value); };
  tx.Exec(
      "INSERT INTO payment_facts (tenant_id, payment_id, user_id, attempt_id, connection, event_key, kind, object, amount_minor, currency, "
      "code, psp_time, "
      "receive_time) SELECT n.*, $13::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], "
      "$7::text[], $8::text[], "
      "$9::bigint[], $10::text[], $11::text[], $12::timestamptz[]) AS n ON CONFLICT DO NOTHING",
      column([](const NewFact& f) { return f.payment.tenant; }), column([](const NewFact& f) { return f.payment.id; }),
      column([](const NewFact& f) { return f.user; }), column([](const NewFact& f) { return f.fact.attempt; }),
      column([](const NewFact& f) { return f.fact.connection; }), column([](const NewFact& f) { return f.fact.event_key; }),
      column([](const NewFact& f) { return Name(f.fact.kind); }), column([](const NewFact& f) { return f.fact.object; }),
      column([](const NewFact& f) { return f.fact.amount_minor; }), column([](const NewFact& f) { return f.fact.currency; }),
      column([](const NewFact& f) { return f.fact.code; }), column([](const NewFact& f) { return f.fact.psp_time; }), now);
}

std::map<PaymentKey, std::vector<Fact>> FindFacts(db::Tx& tx, const std::set<PaymentKey>& keys) {
  std::map<PaymentKey, std::vector<Fact>> facts;
  if (keys.empty()) return facts;
  const auto rows = tx.Exec(
      "SELECT tenant_id, payment_id, attempt_id, connection, event_key, kind, object, amount_minor, currency, code, psp_time FROM "
      "payment_facts WHERE (tenant_id, payment_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))",
      db::ArrayOf(keys, [](const PaymentKey& key) { return key.tenant; }), db::ArrayOf(keys, [](const PaymentKey& key) { return key.id; }));
  for (const auto& row : rows) {
    const auto kind = FactKindNamed(row.Text("kind"));
    CHECK(kind);
    facts[{row.Get<TenantId>("tenant_id"), row.Get<PaymentId>("payment_id")}].push_back(
        {.kind = *kind,
         .attempt = row.Find<AttemptId>("attempt_id"),
         .connection = row.Get<std::string>("connection"),
         .event_key = row.Get<std::string>("event_key"),
         .object = row.Get<std::string>("object"),
         .amount_minor = row.Get<std::int64_t>("amount_minor"),
         .currency = row.Get<std::string>("currency"),
         .psp_time = row.Get<TimePoint>("psp_time"),
         .code = row.Get<std::string>("code")});
  }
  return facts;
}

}  // namespace quittance::billing::store

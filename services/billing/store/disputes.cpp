// SQL of disputes.
#include "services/billing/store/disputes.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kColumns =
    "id, payment_id, connection, psp_reference, status, stage, amount_minor, currency, withheld, reason, create_time, update_time";

Dispute Read(const db::Row& row) {
  const auto currency = Currency::Parse(row.Text("currency"));
  CHECK(currency);
  return {.id = row.Get<DisputeId>("id"),
          .payment = row.Get<PaymentId>("payment_id"),
          .connection = row.Get<std::string>("connection"),
          .psp_reference = row.Get<std::string>("psp_reference"),
          .status = DisputeStatusNamed(row.Text("status")),
          .stage = DisputeStageNamed(row.Text("stage")),
          .amount = {row.Get<std::int64_t>("amount_minor"), *currency},
          .withheld = row.Get<bool>("withheld"),
          .reason = row.Get<std::string>("reason"),
          .create_time = row.Get<TimePoint>("create_time"),
          .update_time = row.Get<TimePoint>("update_time")};
}

}  // namespace

std::map<PaymentKey, std::vector<Dispute>> FindDisputes(db::Tx& tx, const std::set<PaymentKey>& keys) {
  std::map<PaymentKey, std::vector<Dispute>> disputes;
  if (keys.empty()) return disputes;
  const auto rows = tx.Exec(
      "SELECT tenant_id, " + std::string(kColumns) +
          " FROM disputes WHERE (tenant_id, payment_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[])) ORDER BY payment_id, id",
      db::ArrayOf(keys, [](const PaymentKey& key) { return key.tenant; }), db::ArrayOf(keys, [](const PaymentKey& key) { return key.id; }));
  for (const auto& row : rows) {
    auto dispute = Read(row);
    disputes[{row.Get<TenantId>("tenant_id"), dispute.payment}].push_back(std::move(dispute));
  }
  return disputes;
}

std::optional<Dispute> FindDispute(db::Tx& tx, TenantId tenant, DisputeId dispute) {
  const auto rows = tx.Exec("SELECT " + std::string(kColumns) + " FROM disputes WHERE tenant_id = $1 AND id = $2", tenant, dispute);
  if (rows.empty()) return std::nullopt;
  return Read(rows.front());
}

void PutDisputes(db::Tx& tx, std::span<const DisputeUpdate> updates) {
  if (updates.empty()) return;
  const auto column = [updates](auto value) { return db::ArrayOf(updates, value); };
  using Update = DisputeUpdate;
  tx.Exec(
      "INSERT INTO disputes (tenant_id, id, payment_id, user_id, connection, psp_reference, status, stage, amount_minor, currency, "
      "withheld, reason, create_time, update_time) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], "
      "$6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[], $11::bool[], $12::text[], $13::timestamptz[], $14::timestamptz[]) ON "
      "CONFLICT (tenant_id, id) DO UPDATE SET status = excluded.status, stage = excluded.stage, amount_minor = excluded.amount_minor, "
      "withheld = excluded.withheld, reason = excluded.reason, update_time = excluded.update_time",
      column([](const Update& u) { return u.tenant; }), column([](const Update& u) { return u.dispute.id; }),
      column([](const Update& u) { return u.dispute.payment; }), column([](const Update& u) { return u.user; }),
      column([](const Update& u) { return u.dispute.connection; }), column([](const Update& u) { return u.dispute.psp_reference; }),
      column([](const Update& u) { return Name(u.dispute.status); }), column([](const Update& u) { return Name(u.dispute.stage); }),
      column([](const Update& u) { return u.dispute.amount.amount_minor; }),
      column([](const Update& u) { return u.dispute.amount.currency.code(); }), column([](const Update& u) { return u.dispute.withheld; }),
      column([](const Update& u) { return u.dispute.reason; }), column([](const Update& u) { return u.dispute.create_time; }),
      column([](const Update& u) { return u.dispute.update_time; }));
}

std::vector<Dispute> ListDisputes(db::Tx& tx, const DisputeFilter& filter, const PageRequest& page) {
  std::optional<std::string_view> status;
  if (filter.status) status = Name(*filter.status);
  const auto rows =
      tx.Exec("SELECT " + std::string(kColumns) +
                  " FROM disputes WHERE tenant_id = $1 AND ($2::uuid IS NULL OR payment_id = $2) AND ($3::uuid IS NULL OR user_id = $3) "
                  "AND ($4::text IS NULL OR status = $4) AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
              filter.tenant, filter.payment, filter.user, status, page.after, page.size);
  std::vector<Dispute> list;
  for (const auto& row : rows) list.push_back(Read(row));
  return list;
}

}  // namespace quittance::billing::store

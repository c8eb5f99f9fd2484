// SQL of the export: one statement for each kind, the same columns.
#include "services/billing/store/export.h"

namespace quittance::billing::store {
namespace {

constexpr std::string_view kPayments =
    "SELECT p.id, p.id AS payment_id, p.user_id, p.create_time, p.status, p.detail, p.amount_minor, p.currency, p.captured_minor, "
    "p.refunded_minor, p.disputed_minor, p.surplus_minor, p.purpose_kind, p.purpose, a.connection, a.psp, a.psp_reference, '' AS reason "
    "FROM payments p JOIN LATERAL (SELECT connection, psp, psp_reference FROM payment_attempts WHERE tenant_id = p.tenant_id AND "
    "payment_id = p.id ORDER BY number DESC LIMIT 1) a ON true "
    "WHERE p.tenant_id = $1 AND p.create_time >= $2 AND p.create_time < $3 AND p.id > $4 ORDER BY p.id LIMIT $5";
constexpr std::string_view kRefunds =
    "SELECT r.id, r.payment_id, r.user_id, r.create_time, r.status, '' AS detail, r.amount_minor, r.currency, 0 AS captured_minor, 0 AS "
    "refunded_minor, 0 AS disputed_minor, 0 AS surplus_minor, '' AS purpose_kind, '' AS purpose, r.connection, a.psp, r.psp_reference, "
    "r.reason FROM refunds r JOIN payment_attempts a ON a.tenant_id = r.tenant_id AND a.id = r.attempt_id "
    "WHERE r.tenant_id = $1 AND r.create_time >= $2 AND r.create_time < $3 AND r.id > $4 ORDER BY r.id LIMIT $5";
constexpr std::string_view kDisputes =
    "SELECT d.id, d.payment_id, d.user_id, d.create_time, d.status, d.stage AS detail, d.amount_minor, d.currency, 0 AS captured_minor, 0 "
    "AS refunded_minor, 0 AS disputed_minor, 0 AS surplus_minor, '' AS purpose_kind, '' AS purpose, d.connection, '' AS psp, "
    "d.psp_reference, d.reason FROM disputes d "
    "WHERE d.tenant_id = $1 AND d.create_time >= $2 AND d.create_time < $3 AND d.id > $4 ORDER BY d.id LIMIT $5";

std::string_view SqlOf(ExportKind kind) {
  switch (kind) {
    case ExportKind::kPayment:
      return kPayments;
    case ExportKind::kRefund:
      return kRefunds;
    case ExportKind::kDispute:
      return kDisputes;
  }
  CHECK(false);
}

}  // namespace

std::vector<ExportRow> ReadExport(db::Tx& tx, ExportKind kind, const ExportPeriod& period, const Uuid& after) {
  std::vector<ExportRow> list;
  for (const auto& row : tx.Exec(SqlOf(kind), period.tenant, period.begin, period.end, after, kExportPage)) {
    const auto currency = Currency::Parse(row.Text("currency"));
    CHECK(currency);
    list.push_back({.id = row.Get<Uuid>("id"),
                    .payment = row.Get<PaymentId>("payment_id"),
                    .user = row.Get<UserId>("user_id"),
                    .time = row.Get<TimePoint>("create_time"),
                    .status = row.Get<std::string>("status"),
                    .detail = row.Get<std::string>("detail"),
                    .amount = {row.Get<std::int64_t>("amount_minor"), *currency},
                    .amounts = {row.Get<std::int64_t>("captured_minor"), row.Get<std::int64_t>("refunded_minor"),
                                row.Get<std::int64_t>("disputed_minor"), row.Get<std::int64_t>("surplus_minor")},
                    .purpose_kind = row.Get<std::string>("purpose_kind"),
                    .purpose = row.Get<std::string>("purpose"),
                    .connection = row.Get<std::string>("connection"),
                    .psp = row.Get<std::string>("psp"),
                    .psp_reference = row.Get<std::string>("psp_reference"),
                    .reason = row.Get<std::string>("reason")});
  }
  return list;
}

}  // namespace quittance::billing::store

// One page, one transaction, one message. Amounts stand with their currency's decimals and a point, times in RFC 3339.
#include "services/billing/usecases/export_payments.h"

#include "common/audit/audit.h"
#include "services/billing/domain/csv.h"
#include "services/billing/store/export.h"
#include "services/billing/usecases/access.h"

namespace quittance::billing {
namespace {

using store::ExportKind;

const std::vector<std::string> kHeader = {"kind",
                                          "id",
                                          "payment_id",
                                          "user_id",
                                          "create_time",
                                          "status",
                                          "detail",
                                          "amount",
                                          "currency",
                                          "amount_captured",
                                          "amount_refunded",
                                          "amount_disputed",
                                          "surplus",
                                          "purpose",
                                          "purpose_value",
                                          "connection",
                                          "psp",
                                          "psp_reference",
                                          "reason"};

std::string ShownId(ExportKind kind, const Uuid& id) {
  switch (kind) {
    case ExportKind::kPayment:
      return PaymentId{id}.ToString();
    case ExportKind::kRefund:
      return RefundId{id}.ToString();
    case ExportKind::kDispute:
      return DisputeId{id}.ToString();
  }
  CHECK(false);
}

std::string Record(ExportKind kind, const store::ExportRow& row) {
  const bool payment = kind == ExportKind::kPayment;
  const auto amount = [&](std::int64_t minor) { return payment ? FormatAmount({minor, row.amount.currency}) : std::string(); };
  const std::vector<std::string> fields = {payment                       ? "payment"
                                           : kind == ExportKind::kRefund ? "refund"
                                                                         : "dispute",
                                           ShownId(kind, row.id),
                                           row.payment.ToString(),
                                           row.user.ToString(),
                                           FormatRfc3339(row.time),
                                           row.status,
                                           row.detail,
                                           FormatAmount(row.amount),
                                           std::string(row.amount.currency.code()),
                                           amount(row.amounts.captured),
                                           amount(row.amounts.refunded),
                                           amount(row.amounts.disputed),
                                           amount(row.amounts.surplus),
                                           row.purpose_kind,
                                           row.purpose,
                                           row.connection,
                                           row.psp,
                                           row.psp_reference,
                                           row.reason};
  return CsvRecord(fields);
}

}  // namespace

Task<Result<void>> ExportPayments(Deps& deps, ExportPaymentsQuery query, EmitText emit) {
  const auto scope = ScopeOf(query.caller);
  const store::ExportPeriod period{query.caller.tenant, query.begin, query.end};
  co_await deps.db.Transact(scope, [&](db::Tx& tx) {
    audit::Append(tx, {query.caller.tenant,
                       deps.clock.Now(),
                       {query.caller.subject, ""},
                       "ExportPayments",
                       query.caller.tenant.ToString(),
                       "{\"begin\":\"" + FormatRfc3339(query.begin) + "\",\"end\":\"" + FormatRfc3339(query.end) + "\"}",
                       {}});
  });
  std::string text = CsvRecord(kHeader);
  for (const auto kind : {ExportKind::kPayment, ExportKind::kRefund, ExportKind::kDispute}) {
    Uuid after{};
    for (bool more = true; more;) {
      const auto rows = co_await deps.db.Transact(scope, [&](db::Tx& tx) { return store::ReadExport(tx, kind, period, after); });
      for (const auto& row : rows) text += Record(kind, row);
      more = static_cast<int>(rows.size()) == store::kExportPage;
      if (!rows.empty()) after = rows.back().id;
      if (text.empty()) continue;
      const bool read = co_await emit(std::move(text));
      if (!read) co_return Result<void>();
      text.clear();
    }
  }
  co_return Result<void>();
}

}  // namespace quittance::billing

// Rows of a period for the export, page by page in the order of their ids.
#pragma once

#include "services/billing/store/payments.h"

namespace quittance::billing::store {

enum class ExportKind { kPayment, kRefund, kDispute };

struct ExportRow {
  Uuid id;
  PaymentId payment;
  UserId user;
  TimePoint time;
  std::string status;
  std::string detail;  // of a payment; the stage of a dispute
  Money amount;
  Amounts amounts;  // of a payment
  std::string purpose_kind, purpose;
  std::string connection, psp, psp_reference;
  std::string reason;
};

struct ExportPeriod {
  TenantId tenant;
  TimePoint begin;  // made at or after
  TimePoint end;    // and before
};

inline constexpr int kExportPage = 500;
// Behind `after`; fewer than kExportPage: that was the last page.
std::vector<ExportRow> ReadExport(db::Tx& tx, ExportKind kind, const ExportPeriod& period, const Uuid& after);

}  // namespace quittance::billing::store

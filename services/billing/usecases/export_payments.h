// ExportPayments: payments, refunds and disputes of a period as CSV, piece by piece. Invariant: a page at a time is in memory, whatever the
// period holds.
#pragma once

#include "services/billing/deps.h"

namespace quittance::billing {

struct ExportPaymentsQuery {
  Caller caller;
  TimePoint begin;
  TimePoint end;
};
inline constexpr Duration kExportPeriodMax = std::chrono::days(366);

// `emit` gives false when nobody reads any more.
using EmitText = std::function<Task<bool>(std::string)>;
Task<Result<void>> ExportPayments(Deps& deps, ExportPaymentsQuery query, EmitText emit);

}  // namespace quittance::billing

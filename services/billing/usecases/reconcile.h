// RunReconciliation, ListDiscrepancies, ResolveDiscrepancy, and the job behind them: our facts held against the PSP's own list, both ways.
// Invariant: what the PSP lists becomes facts through the one path for PSP news; nothing else is changed by a run.
#pragma once

#include "common/core/page.h"
#include "services/billing/deps.h"
#include "services/billing/domain/discrepancy.h"

namespace quittance::billing {

inline constexpr Duration kHourlyLook = std::chrono::hours(72);  // back from now
inline constexpr Duration kNightlyLook = std::chrono::days(35);
inline constexpr Duration kLookMax = std::chrono::days(120);
inline constexpr int kListPagesMax = 500;

struct RunReconciliationCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  std::string connection;
  Duration look = kHourlyLook;
};
Task<Result<db::Reply>> RunReconciliation(Deps& deps, RunReconciliationCommand command);

struct ListDiscrepanciesQuery {
  Caller caller;
  std::string connection;
  std::optional<DiscrepancyState> state;
  PageRequest page;
};
struct DiscrepancyPage {
  std::vector<Discrepancy> discrepancies;
  std::string next_page_token;
};
Task<Result<DiscrepancyPage>> ListDiscrepancies(Deps& deps, ListDiscrepanciesQuery query);

struct ResolveDiscrepancyCommand {
  Caller caller;
  Cause cause;
  db::IdempotentCall once;
  DiscrepancyId discrepancy;
  std::string resolution;
};
Task<Result<db::Reply>> ResolveDiscrepancy(Deps& deps, ResolveDiscrepancyCommand command);

// One run over one connection.
struct ReconcileWork {
  TenantId tenant;
  std::string connection;
  TimePoint begin;
  TimePoint end;
  Cause cause;
};
Task<Result<ReconciliationRun>> Reconcile(Deps& deps, ReconcileWork work);

}  // namespace quittance::billing

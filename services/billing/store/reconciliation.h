// Rows of reconciliation: the schedule of every connection, runs, discrepancies.
#pragma once

#include "services/billing/domain/discrepancy.h"
#include "services/billing/store/attempts.h"

namespace quittance::billing::store {

struct DueConnection {
  TenantId tenant;
  std::string connection;
  bool nightly = false;
};
// A row for every connection that has settings; new ones are due at once (system role).
void SyncSchedule(db::Tx& tx, TimePoint now);
// Leased; whoever dies before FinishConnection leaves them due again when the lease is over (system role).
std::vector<DueConnection> ClaimConnections(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit);
void FinishConnection(db::Tx& tx, const DueConnection& done, TimePoint next_hour, TimePoint next_night);

// Captures that we hold of a connection, paid in the period: what its PSP should list.
struct HeldCapture {
  PaymentKey payment;
  AttemptId attempt;
  std::string psp_reference;
  Money amount;
};
inline constexpr int kHeldMax = 500;
// A page of them, in order of payment and attempt, behind `after`.
std::vector<HeldCapture> HeldCaptures(db::Tx& tx, TenantId tenant, const std::string& connection, TimePoint begin, TimePoint end,
                                      const std::optional<HeldCapture>& after);

void InsertRun(db::Tx& tx, TenantId tenant, const ReconciliationRun& run);

// Opens it, or sees it again; what a person has resolved stays resolved.
void PutDiscrepancy(db::Tx& tx, TenantId tenant, const Discrepancy& found);
// Those of these references that were found open before and are not any more.
int HealDiscrepancies(db::Tx& tx, TenantId tenant, const std::string& connection, const std::set<std::string>& references, TimePoint now);
int CountOpen(db::Tx& tx, TenantId tenant, const std::string& connection);
std::optional<TimePoint> OldestOpen(db::Tx& tx);  // of all tenants (system role)

struct DiscrepancyFilter {
  TenantId tenant;
  std::string connection;  // empty: all
  std::optional<DiscrepancyState> state;
};
std::vector<Discrepancy> ListDiscrepancies(db::Tx& tx, const DiscrepancyFilter& filter, const PageRequest& page);
std::optional<Discrepancy> LockDiscrepancy(db::Tx& tx, TenantId tenant, DiscrepancyId id);
void ResolveDiscrepancy(db::Tx& tx, TenantId tenant, const Discrepancy& resolved);

}  // namespace quittance::billing::store

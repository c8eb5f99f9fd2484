// Rows of refunds: ours and those somebody asked for at the PSP. Invariant: none without its event; the status is folded from facts.
#pragma once

#include "services/billing/store/attempts.h"

namespace quittance::billing::store {

// `send_at`: when the job sends it (nullopt: the caller does, under the lease it gets, or the PSP has it already).
// Its event joins `events`, which UpdatePayments appends in order with the payment's new version.
void InsertRefund(db::Tx& tx, const Payment& payment, const Refund& refund, std::optional<TimePoint> send_at, bool leased,
                  ::quittance::events::Event event, std::vector<::quittance::events::Event>& events);

std::map<PaymentKey, std::vector<Refund>> FindRefunds(db::Tx& tx, const std::set<PaymentKey>& keys);
std::optional<Refund> FindRefund(db::Tx& tx, TenantId tenant, RefundId refund);

struct RefundFilter {
  TenantId tenant;
  std::optional<PaymentId> payment;
  std::optional<UserId> user;
  std::optional<RefundStatus> status;
};
// Newest first.
std::vector<Refund> ListRefunds(db::Tx& tx, const RefundFilter& filter, const PageRequest& page);

// Status, reference and failure code; a refund that is settled or that the PSP has is not sent again.
struct RefundUpdate {
  TenantId tenant;
  Refund refund;
  bool psp_has_it = false;
};
void UpdateRefunds(db::Tx& tx, std::span<const RefundUpdate> updates);

std::optional<Lease> LeaseRefund(db::Tx& tx, TenantId tenant, RefundId refund, std::chrono::seconds lease);
bool ReleaseRefund(db::Tx& tx, TenantId tenant, RefundId refund, Lease lease);
// The next send, or none any more.
void SetRefundSend(db::Tx& tx, TenantId tenant, RefundId refund, std::optional<TimePoint> send_at);
// This send reached nobody and does not count.
void PutOffSend(db::Tx& tx, TenantId tenant, RefundId refund, TimePoint send_at);

struct DueRefund {
  PaymentKey payment;
  RefundId refund;
  Lease lease;
  int sends = 0;
};
std::vector<DueRefund> ClaimDueRefunds(db::Tx& tx, TimePoint now, std::chrono::seconds lease, int limit);

}  // namespace quittance::billing::store

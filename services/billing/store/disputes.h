// Rows of disputes: what the fold says of each, one row for each dispute object of a PSP.
#pragma once

#include "services/billing/store/payments.h"

namespace quittance::billing::store {

std::map<PaymentKey, std::vector<Dispute>> FindDisputes(db::Tx& tx, const std::set<PaymentKey>& keys);
std::optional<Dispute> FindDispute(db::Tx& tx, TenantId tenant, DisputeId dispute);

struct DisputeUpdate {
  TenantId tenant;
  UserId user;
  Dispute dispute;
};
// Inserts or overwrites by id.
void PutDisputes(db::Tx& tx, std::span<const DisputeUpdate> updates);

struct DisputeFilter {
  TenantId tenant;
  std::optional<PaymentId> payment;
  std::optional<UserId> user;
  std::optional<DisputeStatus> status;
};
// Newest first.
std::vector<Dispute> ListDisputes(db::Tx& tx, const DisputeFilter& filter, const PageRequest& page);

}  // namespace quittance::billing::store

// Manual transfer: the payer gets instructions from the tenant's receiving.* settings and transfers the money. Pure: nothing is called.
#pragma once

#include "services/billing/psp/psp.h"

namespace quittance::billing::psp::manual {

class Manual final : public Psp {
 public:
  std::string_view provider() const override { return "manual"; }
  const Capabilities& capabilities() const override;
  Result<void> Ready(const Connection& connection) const override;

  PspNews Instructions(const Connection& connection, const CreateCall& call) const override;
  std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const override;
  Event Translate(const Connection& connection, const std::string& body) const override;

  Task<PspNews> Create(Connection connection, CreateCall call) const override;
  Task<PspNews> Query(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Cancel(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Refund(Connection connection, RefundCall call) const override;
};

}  // namespace quittance::billing::psp::manual

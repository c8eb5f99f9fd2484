// The generic HMAC PSP (mobile money and the like): JSON over HTTP, every request signed with the account's key.
#pragma once

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::hmac {

class Hmac final : public Psp {
 public:
  explicit Hmac(Network network) : network_(std::move(network)) {}

  std::string_view provider() const override { return "hmac"; }
  const Capabilities& capabilities() const override;
  Result<void> Ready(const Connection& connection) const override;

  PspNews Instructions(const Connection& connection, const CreateCall& call) const override;
  std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const override;
  Event Translate(const Connection& connection, const std::string& body) const override;

  Task<PspNews> Create(Connection connection, CreateCall call) const override;
  Task<PspNews> Query(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Cancel(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Refund(Connection connection, RefundCall call) const override;
  Task<Listing> List(Connection connection, ListCall call) const override;

 private:
  Network network_;
};

}  // namespace quittance::billing::psp::hmac

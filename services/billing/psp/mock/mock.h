// A PSP that never takes money, for the dev profile and for tenants that ask for it: the setting psp.*.outcome says what every payment
// comes to. Nothing is called, nothing is remembered: the reference holds the outcome.
#pragma once

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::mock {

class Mock final : public Psp {
 public:
  explicit Mock(Network network) : network_(std::move(network)) {}

  std::string_view provider() const override { return "mock"; }
  const Capabilities& capabilities() const override;
  Result<void> Ready(const Connection& connection) const override;

  PspNews Instructions(const Connection& connection, const CreateCall& call) const override;
  std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const override;
  Event Translate(const Connection& connection, const std::string& body) const override;

  Task<PspNews> Create(Connection connection, CreateCall call) const override;
  Task<PspNews> Query(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Cancel(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Refund(Connection connection, RefundCall call) const override;

 private:
  const Network network_;
};

}  // namespace quittance::billing::psp::mock

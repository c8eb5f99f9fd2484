// Stripe: PaymentIntents over its v1 API, Bearer key, form bodies, Idempotency-Key on every POST.
#pragma once

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::stripe {

inline constexpr std::string_view kApiVersion = "2026-07-29.dahlia";

class Stripe final : public Psp {
 public:
  explicit Stripe(Network network) : network_(std::move(network)) {}

  std::string_view provider() const override { return "stripe"; }
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
  Task<Deleted> DeletePaymentMethod(Connection connection, MethodCall call) const override;

 private:
  // `create`: the call that was answered with a failure.
  Task<PspNews> LookUp(const Exchange& create, Connection connection, CreateCall call) const;

  Network network_;
};

}  // namespace quittance::billing::psp::stripe

// Adyen: payment links over Checkout API v71, X-API-Key, Idempotency-Key on every POST; what became of the money only notifications say.
#pragma once

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::adyen {

class Adyen final : public Psp {
 public:
  explicit Adyen(Network network) : network_(std::move(network)) {}

  std::string_view provider() const override { return "adyen"; }
  const Capabilities& capabilities() const override;
  Result<void> Ready(const Connection& connection) const override;

  PspNews Instructions(const Connection& connection, const CreateCall& call) const override;
  std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const override;
  Event Translate(const Connection& connection, const std::string& body) const override;
  Answer Acknowledge() const override { return {"text/plain; charset=utf-8", "[accepted]"}; }

  Task<PspNews> Create(Connection connection, CreateCall call) const override;
  Task<PspNews> Query(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Cancel(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Refund(Connection connection, RefundCall call) const override;
  Task<Deleted> DeletePaymentMethod(Connection connection, MethodCall call) const override;

 private:
  std::string UrlOf(const Connection& connection, const std::string& path) const;
  http::Request Make(const Connection& connection, std::string method, const std::string& path, std::string body) const;

  const Network network_;
};

}  // namespace quittance::billing::psp::adyen

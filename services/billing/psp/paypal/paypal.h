// PayPal: orders that the payer approves and we capture, under an OAuth token; PayPal-Request-Id on every POST.
#pragma once

#include "services/billing/psp/paypal/certificates.h"
#include "services/billing/psp/paypal/codec.h"
#include "services/billing/psp/paypal/tokens.h"

namespace quittance::billing::psp::paypal {

class PayPal final : public Psp {
 public:
  explicit PayPal(Network network) : network_(std::move(network)), certificates_(network_) {}

  std::string_view provider() const override { return "paypal"; }
  const Capabilities& capabilities() const override;
  Result<void> Ready(const Connection& connection) const override;
  bool Prepared(const RawWebhook& webhook) const override;
  Task<void> Prepare(RawWebhook webhook) const override;

  PspNews Instructions(const Connection& connection, const CreateCall& call) const override;
  std::optional<Rejection> Verify(const Connection& connection, const RawWebhook& webhook, TimePoint now) const override;
  Event Translate(const Connection& connection, const std::string& body) const override;

  Task<PspNews> Create(Connection connection, CreateCall call) const override;
  Task<PspNews> Query(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Cancel(Connection connection, ExistingPayment payment) const override;
  Task<PspNews> Refund(Connection connection, RefundCall call) const override;
  Task<PspNews> Advance(Connection connection, ExistingPayment payment) const override;
  Task<Listing> List(Connection connection, ListCall call) const override;
  Task<Deleted> DeletePaymentMethod(Connection connection, MethodCall call) const override;

 private:
  struct Ask {
    std::string method;
    std::string path;
    std::string body = {};
    std::string request_id = {};  // PayPal-Request-Id
  };
  // Under a token; one that PayPal refuses is renewed once.
  Task<http::Outcome> Send(Exchange& exchange, const Connection& connection, Ask ask) const;
  struct Looked {
    PspNews news;
    std::optional<Order> order;  // empty: no answer, or no such order
  };
  Task<Looked> Look(Exchange& exchange, const Connection& connection, const ExistingPayment& payment) const;

  const Network network_;
  const Certificates certificates_;
  const Tokens tokens_;
};

}  // namespace quittance::billing::psp::paypal

// CinetPay (mobile money): keys in the body, a redirect, and `check` before anything is believed. It knows no idempotency but the unique
// transaction id, no refund and no cancel.
#pragma once

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::cinetpay {

class CinetPay final : public Psp {
 public:
  explicit CinetPay(Network network) : network_(std::move(network)) {}

  std::string_view provider() const override { return "cinetpay"; }
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
  struct Checked {
    bool answered = false;
    bool found = false;
    bool open = false;
    PspNews news = {};
  };
  Task<Checked> Check(Exchange& exchange, const Connection& connection, AttemptId attempt) const;

  const Network network_;
};

}  // namespace quittance::billing::psp::cinetpay

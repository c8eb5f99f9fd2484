// Stripe's API as far as it is used here: PaymentIntents and refunds under /stripe/v1, form-encoded in, Stripe's JSON out, events signed
// with every secret of the account. Invariant: an object belongs to one API key's account; a parameter Stripe does not know is refused.
#pragma once

#include <map>
#include <memory>

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/psp.h"
#include "tests/sandbox/replays.h"
#include "tests/sandbox/stripe_params.h"

namespace quittance::sandbox {

// `t=…,v1=…[,v1=…]` over "<t>.<body>".
std::string StripeSignature(const std::vector<std::string>& secrets, std::int64_t timestamp, const std::string& body);

class Stripe final : public PspNetwork {
 public:
  Stripe(State& state, Deliveries& deliveries) : state_(state), deliveries_(deliveries) {}

  std::vector<http::Route> Routes();
  http::ServerResponse Pay(const Json& command) override;
  http::ServerResponse Refund(const Json& command) override;
  http::ServerResponse Dispute(const Json& command) override;

 private:
  struct Intent {
    const Account* account;
    Json object;
    std::int64_t refunded = 0;
    Json dispute = {};
  };
  struct RefundRow {
    Intent* intent;
    Json object;
  };
  using Action = http::ServerResponse (Stripe::*)(const Account& account, const http::ServerRequest& request, const StripeParams& params);

  http::Route Bind(std::string method, std::string path, Action action);
  Task<http::ServerResponse> Serve(const http::ServerRequest& request, Action action);
  std::optional<http::ServerResponse> Authenticate(const http::ServerRequest& request, const Account*& account);
  std::optional<http::ServerResponse> Claim(const http::ServerRequest& request, const Account& account);
  void Settle(const http::ServerRequest& request, const Account& account, const http::ServerResponse& answer);

  // The API (stripe.cpp).
  http::ServerResponse CreateIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse GetIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse ListIntents(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse SearchIntents(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse ConfirmIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse CancelIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse CreateRefund(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse GetRefund(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse ListRefunds(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  http::ServerResponse DetachMethod(const Account& account, const http::ServerRequest& request, const StripeParams& params);
  Intent* FindIntent(const Account& account, const std::string& id);
  std::optional<http::ServerResponse> Confirm(Intent& intent, const std::string& payment_method, const std::string& return_url);

  // What happens to objects, with its events and money (stripe_play.cpp).
  void Succeed(Intent& intent, std::int64_t amount);
  void Decline(Intent& intent);
  void RequireAction(Intent& intent, const std::string& return_url);
  void Process(Intent& intent);
  void Cancel(Intent& intent, const std::string& reason);
  RefundRow& OpenRefund(Intent& intent, std::int64_t amount, const std::string& status, const std::string& reason, Json metadata);
  void MoveRefund(RefundRow& refund, const std::string& status);
  void Emit(const Intent& intent, const std::string& type, const Json& object);
  void Money(const Intent& intent, const std::string& kind, const std::string& id, std::int64_t amount);

  State& state_;
  Deliveries& deliveries_;
  Replays replays_;
  std::deque<Intent> intents_;  // oldest first; addresses stay
  std::map<std::string, Intent*> by_id_;
  std::map<std::string, RefundRow> refunds_;
};

}  // namespace quittance::sandbox

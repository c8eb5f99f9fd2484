// CinetPay as far as it is used here: /v2/payment and /v2/payment/check under /cinetpay, keys in the body, form notifications with x-token.
// Invariant: a transaction id is taken once; there is no other idempotency, no cancel and no refund.
#pragma once

#include <map>

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/psp.h"

namespace quittance::sandbox {

// Hexadecimal HMAC-SHA256 over the sixteen fields, one behind the other.
std::string CinetPayToken(const std::string& secret, const http::FormFields& fields);

class CinetPay final : public PspNetwork {
 public:
  CinetPay(State& state, Deliveries& deliveries) : state_(state), deliveries_(deliveries) {}

  std::vector<http::Route> Routes();
  http::ServerResponse Pay(const Json& command) override;
  http::ServerResponse Refund(const Json& command) override;
  http::ServerResponse Dispute(const Json& command) override;

 private:
  struct Payment {
    const Account* account;
    std::string id;
    std::string site;
    std::int64_t amount;  // whole units
    std::string currency;
    std::string metadata;
    std::string notify_url;
    std::int64_t created;
    std::string status = "WAITING_FOR_CUSTOMER";  // ACCEPTED, REFUSED
    std::string code = "662";
    std::string message = "WAITING_CUSTOMER_PAYMENT";
    std::int64_t paid = 0;
  };
  using Action = http::ServerResponse (CinetPay::*)(const Account& account, const Json& body);

  http::Route Bind(std::string path, Action action);
  Task<http::ServerResponse> Serve(const http::ServerRequest& request, Action action);
  http::ServerResponse Init(const Account& account, const Json& body);
  http::ServerResponse Check(const Account& account, const Json& body);
  Payment* Find(const Account& account, const std::string& id);
  static Json Shown(const Payment& payment);

  void Move(Payment& payment, const std::string& status, const std::string& code, const std::string& message);
  void Notify(const Payment& payment, const std::string& message);

  State& state_;
  Deliveries& deliveries_;
  std::deque<Payment> payments_;  // oldest first; addresses stay
  std::map<std::string, Payment*> by_id_;
};

}  // namespace quittance::sandbox

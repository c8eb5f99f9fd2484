// A generic HMAC PSP (mobile money): JSON API under /hmac, each call signed with X-Timestamp and X-Signature, webhooks signed the same way.
// Invariant: nothing is answered to a call whose signature does not verify; a payment belongs to the account whose secret signed its
// creation.
#pragma once

#include <map>

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/psp.h"
#include "tests/sandbox/replays.h"

namespace quittance::sandbox {

// `v1=<hex>[,v1=<hex>…]` over "<timestamp>.<body>".
std::string HmacSignature(const std::vector<std::string>& secrets, std::int64_t timestamp, const std::string& body);

class HmacPsp final : public PspNetwork {
 public:
  HmacPsp(State& state, Deliveries& deliveries) : state_(state), deliveries_(deliveries) {}

  std::vector<http::Route> Routes();
  http::ServerResponse Pay(const Json& command) override;
  http::ServerResponse Refund(const Json& command) override;
  http::ServerResponse Dispute(const Json& command) override;

 private:
  struct Payment {
    const Account* account;
    std::string reference;
    std::string payment_id;
    std::string status = "pending";  // pending, succeeded, failed, canceled, expired
    std::int64_t amount_minor;
    std::string currency;
    std::string return_url;
    std::int64_t created;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::string dispute_id = {};
    std::string dispute_status = {};
    std::int64_t disputed = 0;
  };
  struct RefundRow {
    Payment* payment;
    std::string reference;
    std::string refund_id;  // the caller's own
    std::int64_t amount_minor;
    std::string status;
  };
  using Action = http::ServerResponse (HmacPsp::*)(const Account& account, const http::ServerRequest& request, const Json& body);

  http::Route Bind(std::string method, std::string path, Action action);
  Task<http::ServerResponse> Serve(const http::ServerRequest& request, Action action);
  std::optional<http::ServerResponse> Authenticate(const http::ServerRequest& request, const Account*& account);
  std::optional<http::ServerResponse> Claim(const http::ServerRequest& request, const Account& account);

  // The API (hmac.cpp).
  http::ServerResponse Create(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse Get(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse List(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse Cancel(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse AskRefund(const Account& account, const http::ServerRequest& request, const Json& body);
  Payment* Find(const Account& account, const std::string& reference);
  static Json Shown(const Payment& payment);
  static Json Shown(const RefundRow& refund);

  // What happens, with its events and money (hmac_play.cpp).
  void Move(Payment& payment, const std::string& status, std::int64_t amount);
  RefundRow& OpenRefund(Payment& payment, std::int64_t amount, const std::string& status, const std::string& refund_id);
  void MoveRefund(RefundRow& refund, const std::string& status);
  void Emit(const Payment& payment, const std::string& type, std::int64_t amount, Json more = Json::object());
  void Money(const Payment& payment, const std::string& kind, const std::string& id, std::int64_t amount);

  State& state_;
  Deliveries& deliveries_;
  Replays replays_;
  std::deque<Payment> payments_;  // oldest first; addresses stay
  std::map<std::string, Payment*> by_reference_;
  std::map<std::string, RefundRow> refunds_;
};

}  // namespace quittance::sandbox

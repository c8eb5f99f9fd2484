// PayPal as far as it is used here: OAuth tokens, Orders v2, captures and refunds, the transactions report, the webhook certificate, under
// /paypal. Invariant: money moves when an approved order is captured, once; the same PayPal-Request-Id answers what its first call made.
#pragma once

#include <map>

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/paypal_signer.h"
#include "tests/sandbox/psp.h"

namespace quittance::sandbox {

class PayPal final : public PspNetwork {
 public:
  PayPal(State& state, Deliveries& deliveries) : state_(state), deliveries_(deliveries), signer_(state.clock.Now()) {}

  std::vector<http::Route> Routes();
  http::ServerResponse Pay(const Json& command) override;
  http::ServerResponse Refund(const Json& command) override;
  http::ServerResponse Dispute(const Json& command) override;

 private:
  struct Order {
    const Account* account;
    std::string id;
    std::string status = "CREATED";  // CREATED, PAYER_ACTION_REQUIRED, APPROVED, COMPLETED, VOIDED
    std::string custom_id;
    std::string invoice_id;
    std::string currency;
    std::int64_t amount_minor;
    std::string return_url;
    std::int64_t created;
    // What the payer arranged for the capture: COMPLETED, PENDING or DECLINED, and its amount.
    std::string next_capture = "COMPLETED";
    std::int64_t next_amount = 0;
    // The capture.
    std::string capture_id = {};
    std::string capture_status = {};
    std::int64_t captured = 0;
    std::int64_t captured_at = 0;
    std::int64_t refunded = 0;
    std::string dispute_id = {};
    std::string dispute_outcome = {};  // "" while it is open
    std::int64_t disputed = 0;
  };
  struct RefundRow {
    Order* order;
    std::string id;
    std::string status;
    std::string custom_id;
    std::string invoice_id;
    std::int64_t amount_minor;
    std::int64_t created;
  };
  struct Token {
    const Account* account;
    std::int64_t until;
  };
  struct Made {
    std::string reference;
    std::int64_t until;
  };
  using Action = http::ServerResponse (PayPal::*)(const Account& account, const http::ServerRequest& request, const Json& body);

  http::Route Bind(std::string method, std::string path, Action action);
  Task<http::ServerResponse> Serve(const http::ServerRequest& request, Action action);
  Task<http::ServerResponse> GiveToken(const http::ServerRequest& request);
  Task<http::ServerResponse> GiveCertificate(const http::ServerRequest& request);
  std::optional<http::ServerResponse> Authenticate(const http::ServerRequest& request, const Account*& account);
  http::ServerResponse NewToken(const http::ServerRequest& request);

  // The API (paypal.cpp).
  http::ServerResponse CreateOrder(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse GetOrder(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse CaptureOrder(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse RefundCapture(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse ListTransactions(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse DeleteToken(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse VerifySignature(const Account& account, const http::ServerRequest& request, const Json& body);
  Order* Find(const Account& account, const std::string& id);
  // What the first call with this PayPal-Request-Id made, while PayPal remembers it.
  std::string MadeBefore(const Account& account, const http::ServerRequest& request);
  void Remember(const Account& account, const http::ServerRequest& request, const std::string& reference, std::int64_t life);
  Json Shown(const Order& order) const;
  Json ShownCapture(const Order& order) const;
  Json Shown(const RefundRow& refund) const;
  static Json Amount(std::int64_t minor, const std::string& currency);

  // What happens, with its events and money (paypal_play.cpp).
  void Capture(Order& order, const std::string& status, std::int64_t amount);
  void SettleCapture(Order& order, const std::string& status);
  RefundRow& OpenRefund(Order& order, std::int64_t amount, const std::string& status, const Json& body);
  void MoveRefund(RefundRow& refund, const std::string& status);
  Json ShownDispute(const Order& order) const;
  void Emit(const Order& order, const std::string& type, const std::string& resource_type, const Json& resource);
  void Money(const Order& order, const std::string& kind, const std::string& id, std::int64_t amount);

  State& state_;
  Deliveries& deliveries_;
  PayPalSigner signer_;
  std::deque<Order> orders_;  // oldest first; addresses stay
  std::map<std::string, Order*> by_id_;
  std::map<std::string, Order*> by_capture_;
  std::map<std::string, RefundRow> refunds_;
  std::map<std::string, Token> tokens_;
  std::map<std::string, Made> made_;
};

}  // namespace quittance::sandbox

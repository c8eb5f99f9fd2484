// Adyen as far as it is used here: payment links, refunds and cancels of Checkout v71 under /adyen, standard notifications whose items are
// signed. Invariant: what a call answers is only that it was received; what became of it a notification says, with a reference of its own.
#pragma once

#include <map>

#include "tests/sandbox/deliveries.h"
#include "tests/sandbox/exchange.h"
#include "tests/sandbox/psp.h"
#include "tests/sandbox/replays.h"

namespace quittance::sandbox {

// base64 of the MAC over the eight fields; `key` in hexadecimal.
std::string AdyenSignature(const std::string& key, const Json& item);

class Adyen final : public PspNetwork {
 public:
  Adyen(State& state, Deliveries& deliveries) : state_(state), deliveries_(deliveries) {}

  std::vector<http::Route> Routes();
  http::ServerResponse Pay(const Json& command) override;
  http::ServerResponse Refund(const Json& command) override;
  http::ServerResponse Dispute(const Json& command) override;

 private:
  struct Link {
    const Account* account;
    std::string id;
    std::string status = "active";  // active, paymentPending, completed, expired
    std::string merchant_account;
    std::string reference;
    std::string attempt_id;
    std::string currency;
    std::int64_t value;
    std::int64_t created;
    std::string payment = {};  // pspReference, once it was authorised
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::int64_t disputed = 0;
    std::string dispute = {};  // pspReference
    std::string dispute_status = {};
  };
  struct RefundRow {
    Link* link;
    std::string id;
    std::string reference;  // the caller's own
    std::int64_t value;
    std::string status;  // received, succeeded, failed
  };
  using Action = http::ServerResponse (Adyen::*)(const Account& account, const http::ServerRequest& request, const Json& body);

  http::Route Bind(std::string method, std::string path, Action action);
  Task<http::ServerResponse> Serve(const http::ServerRequest& request, Action action);
  std::optional<http::ServerResponse> Authenticate(const http::ServerRequest& request, const Account*& account);
  std::optional<http::ServerResponse> Claim(const http::ServerRequest& request, const Account& account);

  // The API (adyen.cpp).
  http::ServerResponse CreateLink(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse GetLink(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse EndLink(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse AskRefund(const Account& account, const http::ServerRequest& request, const Json& body);
  http::ServerResponse DeleteMethod(const Account& account, const http::ServerRequest& request, const Json& body);
  Link* Find(const Account& account, const std::string& id);
  static Json Shown(const Link& link);

  // What happens, with its notifications and money (adyen_play.cpp).
  void Authorise(Link& link, bool success, std::int64_t value);
  RefundRow& OpenRefund(Link& link, std::int64_t value, const std::string& reference);
  void MoveRefund(RefundRow& refund, const std::string& status);
  struct Notice {
    std::string code;
    bool success = true;
    std::string psp_reference;
    std::string original = {};
    std::string reference;
    std::int64_t value;
    std::string reason = {};
  };
  void Emit(const Link& link, const Notice& notice);
  void Money(const Link& link, const std::string& kind, const std::string& id, std::int64_t amount);

  State& state_;
  Deliveries& deliveries_;
  Replays replays_;
  std::deque<Link> links_;  // oldest first; addresses stay
  std::map<std::string, Link*> by_id_;
  std::map<std::string, Link*> by_payment_;
  std::map<std::string, RefundRow> refunds_;
};

}  // namespace quittance::sandbox

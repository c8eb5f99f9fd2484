// OAuth tokens of PayPal accounts, kept until shortly before they end. Invariant: a token that PayPal refuses is forgotten; a token is
// never logged and never stored.
#pragma once

#include <map>
#include <mutex>

#include "services/billing/psp/outgoing.h"

namespace quittance::billing::psp::paypal {

class Tokens {
 public:
  struct Got {
    std::optional<Secret> token;
    std::optional<http::Outcome> refusal;  // of the token request, where there is no token
  };
  // `exchange`, `network` and `connection` live as long as the returned task.
  Task<Got> Get(Exchange& exchange, const Network& network, const Connection& connection) const;
  void Forget(const Connection& connection) const;

 private:
  struct Entry {
    Secret token;
    SteadyTime until{};
  };
  mutable std::mutex mutex_;
  mutable std::map<std::string, Entry> entries_;  // by account
};

}  // namespace quittance::billing::psp::paypal

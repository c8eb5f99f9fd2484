// Twilio's Messages API under /twilio/2010-04-01/Accounts/{sid}/Messages.json: basic authentication, form fields in, Twilio's JSON out.
// Invariant: an SMS is kept only when it was answered 201.
#pragma once

#include "tests/sandbox/exchange.h"

namespace quittance::sandbox {

class Twilio {
 public:
  explicit Twilio(State& state) : state_(state) {}

  std::vector<http::Route> Routes();
  Json Messages(const std::string& to) const;

 private:
  struct Sms {
    std::string to, from, text;
    TimePoint at;
  };
  http::ServerResponse Take(const http::ServerRequest& request);

  State& state_;
  std::deque<Sms> messages_;
};

}  // namespace quittance::sandbox

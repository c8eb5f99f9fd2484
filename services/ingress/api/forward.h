// The two calls that the ingress makes for what it receives, and the one for the keys. Invariant: nothing of a body is looked at here, and
// a 2xx comes only from the service that stored it.
#pragma once

#include <memory>

#include "common/core/clock.h"
#include "common/http/server.h"
#include "common/rpc/channel.h"

namespace quittance::ingress {

inline constexpr std::chrono::milliseconds kForwardTimeout{8000};  // PSPs hang up after 10 s

class Forward {
 public:
  Forward(rpc::Identity& identity, const std::string& auth_target, const std::string& billing_target,
          const std::string& subscriptions_target, const Clock& clock);
  ~Forward();

  // What billing or subscriptions answer; 503 with Retry-After when they cannot take it. `source`: the keyed hash of the sender's address.
  Task<http::ServerResponse> Webhook(const http::ServerRequest& request, std::string source);
  Task<http::ServerResponse> Telegram(const http::ServerRequest& request, std::string source);
  // The JWK set, as auth gives it. Throws Fault.
  Task<std::string> Jwks();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::ingress

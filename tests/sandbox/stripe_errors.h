// Stripe's error objects.
#pragma once

#include "tests/sandbox/state.h"

namespace quittance::sandbox {

struct StripeErrorFields {
  std::string type = "invalid_request_error";
  std::string code = {};
  std::string message = {};
  std::string param = {};
  std::string decline_code = {};
  Json payment_intent = {};
};

http::ServerResponse StripeError(int status, const StripeErrorFields& fields);
http::ServerResponse NoSuch(const std::string& what, const std::string& id, const std::string& param);
// The answer of a fault with this status.
http::ServerResponse StripeFailure(int status, int retry_after);

}  // namespace quittance::sandbox

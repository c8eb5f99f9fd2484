// The body of stripe_errors.h; the invariant it keeps stands there.
#include "tests/sandbox/stripe_errors.h"

#include <algorithm>

namespace quittance::sandbox {

http::ServerResponse StripeError(int status, const StripeErrorFields& fields) {
  Json error = {{"type", fields.type}, {"message", fields.message}};
  if (!fields.code.empty()) {
    std::string page = fields.code;
    std::replace(page.begin(), page.end(), '_', '-');
    error["code"] = fields.code;
    error["doc_url"] = "https://stripe.com/docs/error-codes/" + page;
  }
  if (!fields.param.empty()) error["param"] = fields.param;
  if (!fields.decline_code.empty()) error["decline_code"] = fields.decline_code;
  if (fields.payment_intent.is_object()) error["payment_intent"] = fields.payment_intent;
  return JsonAnswer(status, {{"error", error}});
}

http::ServerResponse NoSuch(const std::string& what, const std::string& id, const std::string& param) {
  return StripeError(404, {.code = "resource_missing", .message = "No such " + what + ": '" + id + "'", .param = param});
}

http::ServerResponse StripeFailure(int status, int retry_after) {
  if (status == 429) {
    auto answer = StripeError(
        429, {.code = "rate_limit",
              .message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits."});
    answer.headers = {{"Retry-After", std::to_string(retry_after)}, {"Stripe-Should-Retry", "true"}};
    return answer;
  }
  if (status < 500) return StripeError(status, {.message = "The request was refused."});
  return StripeError(status, {.type = "api_error", .message = "An unknown error occurred."});
}

}  // namespace quittance::sandbox

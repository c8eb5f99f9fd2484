// Parameters of a Stripe call, from the form or the query. Invariant: the first refusal found is the answer, in Stripe's words.
#pragma once

#include "tests/sandbox/state.h"

namespace quittance::sandbox {

class StripeParams {
 public:
  // nullopt if the encoding is broken.
  static std::optional<StripeParams> Read(const http::ServerRequest& request);

  std::optional<std::string> Get(const std::string& name) const;
  std::string Text(const std::string& name) const { return Get(name).value_or(""); }
  Json Metadata() const;

  // An error answer if a parameter is none of these; `name[]` allows anything in brackets.
  std::optional<http::ServerResponse> Unknown(const std::vector<std::string>& known) const;
  // The integer at `name`, or an error answer.
  std::optional<http::ServerResponse> Integer(const std::string& name, std::int64_t min, std::int64_t max,
                                              std::optional<std::int64_t>& value) const;

 private:
  http::FormFields fields_;
};

}  // namespace quittance::sandbox

// The body of stripe_params.h; the invariant it keeps stands there.
#include "tests/sandbox/stripe_params.h"

#include <algorithm>
#include <charconv>

#include "tests/sandbox/stripe_errors.h"

namespace quittance::sandbox {

std::optional<StripeParams> StripeParams::Read(const http::ServerRequest& request) {
  auto fields = http::FormDecode(request.method == "POST" ? request.body : request.query);
  if (!fields) return std::nullopt;
  StripeParams params;
  params.fields_ = std::move(*fields);
  return params;
}

std::optional<std::string> StripeParams::Get(const std::string& name) const {
  for (const auto& [field, value] : fields_) {
    if (field == name) return value;
  }
  return std::nullopt;
}

Json StripeParams::Metadata() const {
  Json metadata = Json::object();
  for (const auto& [field, value] : fields_) {
    if (field.starts_with("metadata[") && field.ends_with(']')) metadata[field.substr(9, field.size() - 10)] = value;
  }
  return metadata;
}

std::optional<http::ServerResponse> StripeParams::Unknown(const std::vector<std::string>& known) const {
  for (const auto& [field, value] : fields_) {
    const std::string base = field.substr(0, field.find('['));
    const std::string shape = base == field ? base : base + "[]";
    if (std::find(known.begin(), known.end(), shape) == known.end()) {
      return StripeError(400, {.code = "parameter_unknown", .message = "Received unknown parameter: " + base, .param = base});
    }
  }
  return std::nullopt;
}

std::optional<http::ServerResponse> StripeParams::Integer(const std::string& name, std::int64_t min, std::int64_t max,
                                                          std::optional<std::int64_t>& value) const {
  const auto text = Get(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (ec != std::errc() || end != text->data() + text->size()) {
    return StripeError(400, {.code = "parameter_invalid_integer", .message = "Invalid integer: " + *text, .param = name});
  }
  if (number < min)
    return StripeError(400, {.code = "parameter_invalid_integer",
                             .message = "This value must be greater than or equal to " + std::to_string(min) + ".",
                             .param = name});
  if (number > max)
    return StripeError(400, {.code = "amount_too_large", .message = "Amount must be no more than " + std::to_string(max), .param = name});
  value = number;
  return std::nullopt;
}

}  // namespace quittance::sandbox

// PayPal's API: tokens, orders, captures, refunds, the report, the certificate.
#include "tests/sandbox/paypal.h"

#include <algorithm>

#include "common/core/money.h"
#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kTokenLife = 32'400;
constexpr std::int64_t kOrderKeyLife = 6 * 3600;
constexpr std::int64_t kPaymentKeyLife = 45 * 24 * 3600;
constexpr std::size_t kRequestIdMax = 108;
constexpr std::size_t kPageSize = 100;

using Answer = http::ServerResponse;

Answer PaypalError(int status, const std::string& name, const std::string& issue, const std::string& message) {
  return JsonAnswer(status, {{"name", name},
                             {"message", message},
                             {"debug_id", NewReference("")},
                             {"details", Json::array({{{"issue", issue}, {"description", message}}})}});
}

// "19.90" of {"currency_code", "value"}, as minor units; nullopt for anything else.
std::optional<std::int64_t> Minor(const Json& amount) {
  const auto currency = Currency::Parse(TextAt(amount, "currency_code"));
  const std::string value = TextAt(amount, "value");
  if (!currency || value.empty() || value.size() > 15) return std::nullopt;
  const auto point = value.find('.');
  const std::string whole = value.substr(0, point), fraction = point == std::string::npos ? "" : value.substr(point + 1);
  const auto digits = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const auto places = static_cast<std::size_t>(currency->exponent());
  if (whole.empty() || !digits(whole) || !digits(fraction) || fraction.size() > places) return std::nullopt;
  const auto minor = std::stoll(whole + fraction + std::string(places - fraction.size(), '0'));
  return minor > 0 ? std::optional<std::int64_t>(minor) : std::nullopt;
}

}  // namespace

Json PayPal::Amount(std::int64_t minor, const std::string& currency) {
  const auto known = Currency::Parse(currency);
  return {{"currency_code", currency}, {"value", (minor < 0 ? "-" : "") + FormatAmount({std::abs(minor), *known})}};
}

std::vector<http::Route> PayPal::Routes() {
  return {
      {"POST", "/paypal/v1/oauth2/token", kBodyMax, [this](const http::ServerRequest& request) { return GiveToken(request); }},
      {"GET", "/paypal/v1/notifications/certs/{id}", 0, [this](const http::ServerRequest& request) { return GiveCertificate(request); }},
      Bind("POST", "/paypal/v1/notifications/verify-webhook-signature", &PayPal::VerifySignature),
      Bind("POST", "/paypal/v2/checkout/orders", &PayPal::CreateOrder),
      Bind("GET", "/paypal/v2/checkout/orders/{id}", &PayPal::GetOrder),
      Bind("POST", "/paypal/v2/checkout/orders/{id}/capture", &PayPal::CaptureOrder),
      Bind("POST", "/paypal/v2/payments/captures/{id}/refund", &PayPal::RefundCapture),
      Bind("GET", "/paypal/v1/reporting/transactions", &PayPal::ListTransactions),
      Bind("DELETE", "/paypal/v3/vault/payment-tokens/{id}", &PayPal::DeleteToken)};
}

http::Route PayPal::Bind(std::string method, std::string path, Action action) {
  return {std::move(method), std::move(path), kBodyMax,
          [this, action](const http::ServerRequest& request) { return Serve(request, action); }};
}

Task<Answer> PayPal::Serve(const http::ServerRequest& request, Action action) {
  const Account* account = nullptr;
  Steps steps;
  steps.begin = [&]() { return Authenticate(request, account); };
  steps.act = [&](const Fault& fault) {
    if (fault.kind == Fault::Kind::kStoredStatus) return PaypalError(fault.status, "INTERNAL_SERVER_ERROR", "INTERNAL", "internal error");
    const auto body = ParseObject(request.body.empty() ? "{}" : request.body);
    if (!body) return PaypalError(400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON", "the body must be a JSON object");
    return (this->*action)(*account, request, *body);
  };
  steps.fail = [](const Fault& fault) {
    Answer answer = fault.status == 429 ? PaypalError(429, "RATE_LIMIT_REACHED", "RATE_LIMIT_REACHED", "Too many requests.")
                                        : PaypalError(fault.status, "INTERNAL_SERVER_ERROR", "INTERNAL", "a fault that was asked for");
    if (fault.status == 429) answer.headers.push_back({"Retry-After", std::to_string(fault.retry_after)});
    return answer;
  };
  Answer answer = co_await Play(state_, "paypal", request, std::move(steps));
  answer.headers.push_back({"Paypal-Debug-Id", NewReference("")});
  co_return answer;
}

Task<Answer> PayPal::GiveToken(const http::ServerRequest& request) {
  Steps steps;
  steps.begin = []() -> std::optional<Answer> { return std::nullopt; };
  steps.act = [&](const Fault&) { return NewToken(request); };
  steps.fail = [](const Fault& fault) {
    return PaypalError(fault.status, "INTERNAL_SERVER_ERROR", "INTERNAL", "a fault that was asked for");
  };
  Answer answer = co_await Play(state_, "paypal", request, std::move(steps));
  co_return answer;
}

Task<Answer> PayPal::GiveCertificate(const http::ServerRequest& request) {
  Steps steps;
  steps.begin = []() -> std::optional<Answer> { return std::nullopt; };
  steps.act = [&](const Fault&) {
    return request.path_parameters[0] == "CERT-sandbox"
               ? Answer{.content_type = "application/x-pem-file", .body = signer_.certificate_pem()}
               : PaypalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "no such certificate");
  };
  steps.fail = [](const Fault& fault) {
    return PaypalError(fault.status, "INTERNAL_SERVER_ERROR", "INTERNAL", "a fault that was asked for");
  };
  Answer answer = co_await Play(state_, "paypal", request, std::move(steps));
  co_return answer;
}

// The account's api_key is the client's secret, or `client id:secret`.
Answer PayPal::NewToken(const http::ServerRequest& request) {
  const std::string_view header = request.HeaderValue("authorization");
  const std::string pair = header.starts_with("Basic ") ? crypto::UnBase64(header.substr(6)).value_or("") : "";
  const auto colon = pair.find(':');
  const std::string secret = colon == std::string::npos ? "" : pair.substr(colon + 1);
  const Account* account = state_.FindAccount("paypal", secret);
  if (account == nullptr) account = state_.FindAccount("paypal", pair);
  if (account == nullptr || secret.empty() || colon == 0)
    return JsonAnswer(401, {{"error", "invalid_client"}, {"error_description", "Client Authentication failed"}});
  if (request.body != "grant_type=client_credentials")
    return JsonAnswer(400, {{"error", "unsupported_grant_type"}, {"error_description", "Grant Type is NULL"}});
  const std::string token = NewReference("A21AA");
  tokens_[token] = {account, state_.NowSeconds() + kTokenLife};
  return JsonAnswer(200, {{"scope", "https://uri.paypal.com/services/checkout/payments"},
                          {"access_token", token},
                          {"token_type", "Bearer"},
                          {"app_id", "APP-80W284485P519543T"},
                          {"expires_in", kTokenLife}});
}

std::optional<Answer> PayPal::Authenticate(const http::ServerRequest& request, const Account*& account) {
  const std::string_view header = request.HeaderValue("authorization");
  const auto token = tokens_.find(header.starts_with("Bearer ") ? std::string(header.substr(7)) : "");
  if (token == tokens_.end() || state_.NowSeconds() >= token->second.until)
    return JsonAnswer(401, {{"error", "invalid_token"}, {"error_description", "Token signature verification failed"}});
  account = token->second.account;
  if (request.HeaderValue("paypal-request-id").size() > kRequestIdMax)
    return PaypalError(400, "INVALID_REQUEST", "INVALID_STRING_LENGTH", "PayPal-Request-Id is longer than 108 characters");
  return std::nullopt;
}

std::string PayPal::MadeBefore(const Account& account, const http::ServerRequest& request) {
  const std::string id(request.HeaderValue("paypal-request-id"));
  const auto made = made_.find(account.api_key + '\n' + request.path + '\n' + id);
  return id.empty() || made == made_.end() || state_.NowSeconds() >= made->second.until ? "" : made->second.reference;
}

void PayPal::Remember(const Account& account, const http::ServerRequest& request, const std::string& reference, std::int64_t life) {
  const std::string id(request.HeaderValue("paypal-request-id"));
  if (!id.empty()) made_[account.api_key + '\n' + request.path + '\n' + id] = {reference, state_.NowSeconds() + life};
}

PayPal::Order* PayPal::Find(const Account& account, const std::string& id) {
  const auto found = by_id_.find(id);
  return found != by_id_.end() && found->second->account == &account ? found->second : nullptr;
}

Json PayPal::ShownCapture(const Order& order) const {
  const std::string self = "https://api.sandbox.paypal.com/v2/payments/captures/" + order.capture_id;
  const bool whole = order.refunded > 0 && order.refunded >= order.captured;
  const std::string status =
      order.capture_status == "COMPLETED" && order.refunded > 0 ? whole ? "REFUNDED" : "PARTIALLY_REFUNDED" : order.capture_status;
  Json capture = {{"id", order.capture_id},
                  {"status", status},
                  {"amount", Amount(order.captured, order.currency)},
                  {"final_capture", true},
                  {"custom_id", order.custom_id},
                  {"invoice_id", order.invoice_id},
                  {"create_time", FormatRfc3339(FromUnixSeconds(order.captured_at))},
                  {"supplementary_data", {{"related_ids", {{"order_id", order.id}}}}},
                  {"links", Json::array({{{"href", self}, {"rel", "self"}, {"method", "GET"}},
                                         {{"href", self + "/refund"}, {"rel", "refund"}, {"method", "POST"}}})}};
  if (order.capture_status == "PENDING") capture["status_details"] = {{"reason", "ECHECK"}};
  return capture;
}

Json PayPal::Shown(const RefundRow& refund) const {
  const std::string base = "https://api.sandbox.paypal.com/v2/payments/";
  Json shown = {{"id", refund.id},
                {"status", refund.status},
                {"amount", Amount(refund.amount_minor, refund.order->currency)},
                {"custom_id", refund.custom_id},
                {"create_time", FormatRfc3339(FromUnixSeconds(refund.created))},
                {"links", Json::array({{{"href", base + "refunds/" + refund.id}, {"rel", "self"}, {"method", "GET"}},
                                       {{"href", base + "captures/" + refund.order->capture_id}, {"rel", "up"}, {"method", "GET"}}})}};
  if (!refund.invoice_id.empty()) shown["invoice_id"] = refund.invoice_id;
  return shown;
}

Json PayPal::Shown(const Order& order) const {
  Json unit = {{"reference_id", "default"},
               {"amount", Amount(order.amount_minor, order.currency)},
               {"custom_id", order.custom_id},
               {"invoice_id", order.invoice_id}};
  if (!order.capture_id.empty()) unit["payments"]["captures"] = Json::array({ShownCapture(order)});
  for (const auto& [id, refund] : refunds_) {
    if (refund.order == &order) unit["payments"]["refunds"].push_back(Shown(refund));
  }
  Json links =
      Json::array({{{"href", "https://api.sandbox.paypal.com/v2/checkout/orders/" + order.id}, {"rel", "self"}, {"method", "GET"}}});
  if (order.status == "PAYER_ACTION_REQUIRED")
    links.push_back({{"href", "https://www.sandbox.paypal.com/checkoutnow?token=" + order.id}, {"rel", "payer-action"}, {"method", "GET"}});
  return {{"id", order.id},
          {"intent", "CAPTURE"},
          {"status", order.status},
          {"purchase_units", Json::array({std::move(unit)})},
          {"create_time", FormatRfc3339(FromUnixSeconds(order.created))},
          {"links", std::move(links)}};
}

Answer PayPal::CreateOrder(const Account& account, const http::ServerRequest& request, const Json& body) {
  if (const auto before = MadeBefore(account, request); !before.empty()) return JsonAnswer(200, Shown(*by_id_.at(before)));
  const auto units = body.find("purchase_units");
  if (TextAt(body, "intent") != "CAPTURE" || units == body.end() || !units->is_array() || units->size() != 1 || !(*units)[0].is_object())
    return PaypalError(400, "INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER", "intent CAPTURE and one purchase unit are required");
  const Json& unit = (*units)[0];
  const auto amount = unit.contains("amount") ? Minor(unit.at("amount")) : std::nullopt;
  if (!amount) return PaypalError(422, "UNPROCESSABLE_ENTITY", "DECIMAL_PRECISION", "the amount is not one of this currency");
  const Json source = body.value("payment_source", Json::object());
  const Json context = source.value("paypal", Json::object()).value("experience_context", Json::object());
  Order& order = orders_.emplace_back(Order{.account = &account,
                                            .id = NewReference("").substr(0, 17),
                                            .status = source.empty() ? "CREATED" : "PAYER_ACTION_REQUIRED",
                                            .custom_id = TextAt(unit, "custom_id"),
                                            .invoice_id = TextAt(unit, "invoice_id"),
                                            .currency = TextAt(unit.at("amount"), "currency_code"),
                                            .amount_minor = *amount,
                                            .return_url = TextAt(context, "return_url"),
                                            .created = state_.NowSeconds()});
  by_id_[order.id] = &order;
  Remember(account, request, order.id, kOrderKeyLife);
  return JsonAnswer(201, Shown(order));
}

Answer PayPal::GetOrder(const Account& account, const http::ServerRequest& request, const Json&) {
  const Order* order = Find(account, request.path_parameters[0]);
  return order ? JsonAnswer(200, Shown(*order))
               : PaypalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "The specified resource does not exist.");
}

Answer PayPal::CaptureOrder(const Account& account, const http::ServerRequest& request, const Json&) {
  Order* order = Find(account, request.path_parameters[0]);
  if (order == nullptr) return PaypalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "The specified resource does not exist.");
  if (!MadeBefore(account, request).empty()) return JsonAnswer(200, Shown(*order));
  if (order->status == "COMPLETED") return PaypalError(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED", "Order already captured.");
  if (order->status != "APPROVED")
    return PaypalError(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED", "Payer has not yet approved the Order.");
  if (order->next_capture == "REFUSED") {
    order->status = "PAYER_ACTION_REQUIRED";
    return PaypalError(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED",
                       "The instrument presented was either declined by the processor or bank.");
  }
  Remember(account, request, order->id, kOrderKeyLife);
  Capture(*order, order->next_capture, order->next_amount);
  return JsonAnswer(201, Shown(*order));
}

Answer PayPal::RefundCapture(const Account& account, const http::ServerRequest& request, const Json& body) {
  const auto found = by_capture_.find(request.path_parameters[0]);
  if (found == by_capture_.end() || found->second->account != &account)
    return PaypalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "The specified resource does not exist.");
  if (const auto before = MadeBefore(account, request); !before.empty()) return JsonAnswer(200, Shown(refunds_.at(before)));
  Order& order = *found->second;
  const auto amount = body.contains("amount") ? Minor(body.at("amount")) : std::optional(order.captured - order.refunded);
  if (!amount || TextAt(body.value("amount", Json::object()), "currency_code") != order.currency)
    return PaypalError(422, "UNPROCESSABLE_ENTITY", "CURRENCY_MISMATCH", "The amount is not one of the capture's currency.");
  if (order.capture_status != "COMPLETED" || *amount > order.captured - order.refunded)
    return PaypalError(422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED",
                       "The refund amount must be less than or equal to the capture amount.");
  const RefundRow& refund = OpenRefund(order, *amount, "COMPLETED", body);
  Remember(account, request, refund.id, kPaymentKeyLife);
  return JsonAnswer(201, Shown(refund));
}

Answer PayPal::ListTransactions(const Account& account, const http::ServerRequest& request, const Json&) {
  std::string from, until, page = "1";
  for (const auto& [name, value] : http::FormDecode(request.query).value_or(http::FormFields{})) {
    if (name == "start_date") from = value;
    if (name == "end_date") until = value;
    if (name == "page") page = value;
  }
  const auto since = ParseRfc3339(from), to = ParseRfc3339(until);
  if (!since || !to || *to - *since > std::chrono::days(31))
    return PaypalError(400, "INVALID_REQUEST", "INVALID_DATE_RANGE", "start_date and end_date are required, 31 days at most");
  Json all = Json::array();
  const auto add = [&](const std::string& id, std::int64_t at, std::int64_t minor, const Order& order, const std::string& code,
                       const std::string& invoice) {
    if (FromUnixSeconds(at) < *since || FromUnixSeconds(at) > *to) return;
    all.push_back({{"transaction_info",
                    {{"transaction_id", id},
                     {"transaction_event_code", code},
                     {"transaction_initiation_date", FormatRfc3339(FromUnixSeconds(at))},
                     {"transaction_amount", Amount(minor, order.currency)},
                     {"transaction_status", "S"},
                     {"custom_field", order.custom_id},
                     {"invoice_id", invoice}}}});
  };
  for (const Order& order : orders_) {
    if (order.account == &account && order.capture_status == "COMPLETED")
      add(order.capture_id, order.captured_at, order.captured, order, "T0006", order.invoice_id);
  }
  for (const auto& [id, refund] : refunds_) {
    if (refund.order->account == &account && refund.status == "COMPLETED")
      add(id, refund.created, -refund.amount_minor, *refund.order, "T1107", refund.invoice_id);
  }
  const auto number = static_cast<std::size_t>(std::max(1, std::atoi(page.c_str())));
  const auto pages = std::max<std::size_t>(1, (all.size() + kPageSize - 1) / kPageSize);
  Json items = Json::array();
  for (auto i = (number - 1) * kPageSize; i < std::min(all.size(), number * kPageSize); ++i) items.push_back(all[i]);
  return JsonAnswer(200,
                    {{"transaction_details", std::move(items)}, {"page", number}, {"total_items", all.size()}, {"total_pages", pages}});
}

Answer PayPal::DeleteToken(const Account&, const http::ServerRequest& request, const Json&) {
  if (!request.path_parameters[0].starts_with("tok_"))
    return PaypalError(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "no such token");
  return {.status = 204};
}

// PayPal's own check of a webhook: what a receiver that does not verify by itself asks.
Answer PayPal::VerifySignature(const Account& account, const http::ServerRequest&, const Json& body) {
  const std::string webhook = TextAt(body, "webhook_id");
  const bool ours = std::find(account.secrets.begin(), account.secrets.end(), webhook) != account.secrets.end();
  const std::string event = body.value("webhook_event", Json::object()).dump();
  const std::string message =
      TextAt(body, "transmission_id") + "|" + TextAt(body, "transmission_time") + "|" + webhook + "|" + Crc32Decimal(event);
  const bool right = ours && TextAt(body, "auth_algo") == "SHA256withRSA" && signer_.Sign(message) == TextAt(body, "transmission_sig");
  return JsonAnswer(200, {{"verification_status", right ? "SUCCESS" : "FAILURE"}});
}

}  // namespace quittance::sandbox

// Adyen's API: API key, idempotency, payment links, refunds.
#include "tests/sandbox/adyen.h"

#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr std::size_t kKeyMax = 64;
constexpr std::int64_t kValueMax = 1'000'000'000'000;

using Answer = http::ServerResponse;

Answer AdyenError(int status, const std::string& code, const std::string& message) {
  return JsonAnswer(status, {{"status", status},
                             {"errorCode", code},
                             {"message", message},
                             {"errorType", status == 401 ? "security" : "validation"},
                             {"pspReference", NewReference("").substr(0, 16)}});
}

std::optional<std::int64_t> ValueIn(const Json& body) {
  const Json amount = body.value("amount", Json::object());
  const auto value = amount.is_object() ? amount.find("value") : amount.end();
  if (!amount.is_object() || value == amount.end() || !value->is_number_integer()) return std::nullopt;
  const auto minor = value->get<std::int64_t>();
  if (minor <= 0 || minor > kValueMax || TextAt(amount, "currency").size() != 3) return std::nullopt;
  return minor;
}

}  // namespace

std::string AdyenSignature(const std::string& key, const Json& item) {
  const Json& amount = item.at("amount");
  std::string text;
  for (const char* field : {"pspReference", "originalReference", "merchantAccountCode", "merchantReference"})
    text += TextAt(item, field) + ':';
  text += std::to_string(amount.at("value").get<std::int64_t>()) + ':' + TextAt(amount, "currency") + ':' + TextAt(item, "eventCode") +
          ':' + TextAt(item, "success");
  const auto mac = crypto::HmacSha256(crypto::UnHex(key).value_or(""), text);
  return crypto::Base64(crypto::AsView(mac));
}

std::vector<http::Route> Adyen::Routes() {
  return {Bind("POST", "/adyen/paymentLinks", &Adyen::CreateLink), Bind("GET", "/adyen/paymentLinks/{id}", &Adyen::GetLink),
          Bind("PATCH", "/adyen/paymentLinks/{id}", &Adyen::EndLink), Bind("POST", "/adyen/payments/{id}/refunds", &Adyen::AskRefund),
          Bind("DELETE", "/adyen/storedPaymentMethods/{id}", &Adyen::DeleteMethod)};
}

http::Route Adyen::Bind(std::string method, std::string path, Action action) {
  return {std::move(method), std::move(path), kBodyMax,
          [this, action](const http::ServerRequest& request) { return Serve(request, action); }};
}

Task<Answer> Adyen::Serve(const http::ServerRequest& request, Action action) {
  const Account* account = nullptr;
  Steps steps;
  steps.begin = [&]() -> std::optional<Answer> {
    if (auto refused = Authenticate(request, account)) return refused;
    return request.method == "POST" ? Claim(request, *account) : std::nullopt;
  };
  steps.act = [&](const Fault& fault) {
    const auto body = ParseObject(request.body.empty() ? "{}" : request.body);
    Answer answer = fault.kind == Fault::Kind::kStoredStatus ? AdyenError(fault.status, "905", "internal error")
                    : body                                   ? (this->*action)(*account, request, *body)
                                                             : AdyenError(400, "702", "Structure of the request is invalid");
    const std::string key(request.HeaderValue("idempotency-key"));
    if (request.method != "POST" || key.empty()) return answer;
    answer.headers.push_back({"Idempotency-Key", key});
    if (answer.status < 400 || fault.kind == Fault::Kind::kStoredStatus) {
      replays_.Remember(account->api_key, key, answer);
    } else {
      replays_.Forget(account->api_key, key);
    }
    return answer;
  };
  steps.fail = [](const Fault& fault) {
    Answer answer = AdyenError(fault.status, fault.status == 429 ? "802" : "905", "a fault that was asked for");
    if (fault.status == 429) answer.headers.push_back({"Retry-After", std::to_string(fault.retry_after)});
    return answer;
  };
  Answer answer = co_await Play(state_, "adyen", request, std::move(steps));
  co_return answer;
}

std::optional<Answer> Adyen::Authenticate(const http::ServerRequest& request, const Account*& account) {
  account = state_.FindAccount("adyen", request.HeaderValue("x-api-key"));
  if (account != nullptr) return std::nullopt;
  return AdyenError(401, "000", "HTTP Status Response - Unauthorized");
}

std::optional<Answer> Adyen::Claim(const http::ServerRequest& request, const Account& account) {
  const std::string key(request.HeaderValue("idempotency-key"));
  if (key.empty()) return std::nullopt;
  if (key.size() > kKeyMax) return AdyenError(400, "704", "The idempotency key is longer than 64 characters");
  auto claim = replays_.Begin(account.api_key, key, request.path + '\n' + request.body, state_.NowSeconds());
  if (claim.kind == Replays::Kind::kOther) return AdyenError(422, "704", "request already processed with other parameters");
  if (claim.kind == Replays::Kind::kRunning) {
    auto answer = AdyenError(422, "704", "request already processed or in progress");
    answer.headers.push_back({"Transient-Error", "true"});
    return answer;
  }
  if (claim.kind == Replays::Kind::kNew) return std::nullopt;
  return claim.answer;
}

Adyen::Link* Adyen::Find(const Account& account, const std::string& id) {
  const auto found = by_id_.find(id);
  return found != by_id_.end() && found->second->account == &account ? found->second : nullptr;
}

Json Adyen::Shown(const Link& link) {
  return {{"id", link.id},
          {"status", link.status},
          {"merchantAccount", link.merchant_account},
          {"reference", link.reference},
          {"amount", {{"currency", link.currency}, {"value", link.value}}},
          {"reusable", false},
          {"metadata", {{"attempt_id", link.attempt_id}}},
          {"expiresAt", FormatRfc3339(FromUnixSeconds(link.created + 24 * 3600))},
          {"url", "https://test.adyen.link/" + link.id}};
}

Answer Adyen::CreateLink(const Account& account, const http::ServerRequest&, const Json& body) {
  const auto value = ValueIn(body);
  if (!value) return AdyenError(422, "137", "Invalid amount specified");
  if (TextAt(body, "merchantAccount").empty()) return AdyenError(403, "901", "Invalid Merchant Account");
  if (TextAt(body, "reference").empty()) return AdyenError(422, "130", "Required field 'reference' is not provided.");
  Link& link = links_.emplace_back(Link{.account = &account,
                                        .id = NewReference("PL").substr(0, 18),
                                        .merchant_account = TextAt(body, "merchantAccount"),
                                        .reference = TextAt(body, "reference"),
                                        .attempt_id = TextAt(body.value("metadata", Json::object()), "attempt_id"),
                                        .currency = TextAt(body.at("amount"), "currency"),
                                        .value = *value,
                                        .created = state_.NowSeconds()});
  by_id_[link.id] = &link;
  return JsonAnswer(201, Shown(link));
}

Answer Adyen::GetLink(const Account& account, const http::ServerRequest& request, const Json&) {
  const Link* link = Find(account, request.path_parameters[0]);
  return link ? JsonAnswer(200, Shown(*link)) : AdyenError(404, "100", "no such payment link");
}

Answer Adyen::EndLink(const Account& account, const http::ServerRequest& request, const Json& body) {
  Link* link = Find(account, request.path_parameters[0]);
  if (link == nullptr) return AdyenError(404, "100", "no such payment link");
  if (TextAt(body, "status") != "expired") return AdyenError(422, "702", "status can only become expired");
  if (link->status != "active") return AdyenError(422, "166", "Cannot change the status of a payment link that is " + link->status);
  link->status = "expired";
  return JsonAnswer(200, Shown(*link));
}

// Received; REFUND says what became of it.
Answer Adyen::AskRefund(const Account& account, const http::ServerRequest& request, const Json& body) {
  const auto found = by_payment_.find(request.path_parameters[0]);
  if (found == by_payment_.end() || found->second->account != &account)
    return AdyenError(422, "167", "Original pspReference required for this operation");
  const auto value = ValueIn(body);
  if (!value || *value > found->second->captured - found->second->refunded) return AdyenError(422, "137", "Invalid amount specified");
  RefundRow& refund = OpenRefund(*found->second, *value, TextAt(body, "reference"));
  const Json answer = {{"merchantAccount", found->second->merchant_account},
                       {"paymentPspReference", found->second->payment},
                       {"pspReference", refund.id},
                       {"reference", refund.reference},
                       {"status", "received"},
                       {"amount", {{"currency", found->second->currency}, {"value", *value}}}};
  MoveRefund(refund, "succeeded");
  return JsonAnswer(201, answer);
}

Answer Adyen::DeleteMethod(const Account&, const http::ServerRequest& request, const Json&) {
  if (request.path_parameters[0].empty() || request.path_parameters[0] == "unknown") return AdyenError(404, "800", "Contract not found");
  return {.status = 204};
}

}  // namespace quittance::sandbox

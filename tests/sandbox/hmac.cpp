// The generic PSP's API: signature, idempotency, payments, refunds.
#include "tests/sandbox/hmac.h"

#include <algorithm>
#include <charconv>

#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kToleranceSeconds = 300;
constexpr std::int64_t kAmountMax = 1'000'000'000'000;

using Answer = http::ServerResponse;

Answer HmacError(int status, const std::string& code, const std::string& message) {
  return JsonAnswer(status, {{"code", code}, {"message", message}});
}

std::optional<std::int64_t> UnixSecondsIn(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

bool Verifies(const std::string& key, std::string_view header, std::int64_t timestamp, const std::string& body) {
  const std::string expected = "v1=" + crypto::Hex(crypto::HmacSha256(key, std::to_string(timestamp) + '.' + body));
  while (!header.empty()) {
    const std::string_view one = header.substr(0, header.find(','));
    if (crypto::ConstantTimeEqual(one, expected)) return true;
    header.remove_prefix(std::min(header.size(), one.size() + 1));
  }
  return false;
}

std::optional<std::int64_t> Amount(const Json& body) {
  const auto found = body.find("amount_minor");
  if (found == body.end() || !found->is_number_integer()) return std::nullopt;
  const auto amount = found->get<std::int64_t>();
  if (amount <= 0 || amount > kAmountMax) return std::nullopt;
  return amount;
}

}  // namespace

std::string HmacSignature(const std::vector<std::string>& secrets, std::int64_t timestamp, const std::string& body) {
  std::string header;
  for (const std::string& secret : secrets) {
    header += (header.empty() ? "v1=" : ",v1=") + crypto::Hex(crypto::HmacSha256(secret, std::to_string(timestamp) + '.' + body));
  }
  return header;
}

std::vector<http::Route> HmacPsp::Routes() {
  return {Bind("POST", "/hmac/payments", &HmacPsp::Create), Bind("GET", "/hmac/payments", &HmacPsp::List),
          Bind("GET", "/hmac/payments/{reference}", &HmacPsp::Get), Bind("POST", "/hmac/payments/{reference}/cancel", &HmacPsp::Cancel),
          Bind("POST", "/hmac/payments/{reference}/refunds", &HmacPsp::AskRefund)};
}

http::Route HmacPsp::Bind(std::string method, std::string path, Action action) {
  return {std::move(method), std::move(path), kBodyMax,
          [this, action](const http::ServerRequest& request) { return Serve(request, action); }};
}

Task<Answer> HmacPsp::Serve(const http::ServerRequest& request, Action action) {
  const Account* account = nullptr;
  Steps steps;
  steps.begin = [&]() -> std::optional<Answer> {
    if (auto refused = Authenticate(request, account)) return refused;
    return request.method == "POST" ? Claim(request, *account) : std::nullopt;
  };
  steps.act = [&](const Fault& fault) {
    const auto body = ParseObject(request.body.empty() ? "{}" : request.body);
    Answer answer = fault.kind == Fault::Kind::kStoredStatus ? HmacError(fault.status, "internal", "internal error")
                    : body                                   ? (this->*action)(*account, request, *body)
                                                             : HmacError(400, "body_invalid", "the body must be a JSON object");
    if (request.method != "POST") return answer;
    const std::string key(request.HeaderValue("idempotency-key"));
    if (answer.status < 400 || fault.kind == Fault::Kind::kStoredStatus) {
      replays_.Remember(account->api_key, key, answer);
    } else {
      replays_.Forget(account->api_key, key);
    }
    return answer;
  };
  steps.fail = [](const Fault& fault) {
    Answer answer = HmacError(fault.status,
                              fault.status == 429   ? "rate_limited"
                              : fault.status >= 500 ? "internal"
                                                    : "refused",
                              "a fault that was asked for");
    if (fault.status == 429) answer.headers.push_back({"Retry-After", std::to_string(fault.retry_after)});
    return answer;
  };
  Answer answer = co_await Play(state_, "hmac", request, std::move(steps));
  co_return answer;
}

// The account is the one whose secret or key made the signature; nothing else names it.
std::optional<Answer> HmacPsp::Authenticate(const http::ServerRequest& request, const Account*& account) {
  const auto timestamp = UnixSecondsIn(request.HeaderValue("x-timestamp"));
  if (!timestamp) return HmacError(401, "timestamp_invalid", "X-Timestamp must be unix seconds");
  if (std::abs(state_.NowSeconds() - *timestamp) > kToleranceSeconds)
    return HmacError(401, "timestamp_outside_tolerance", "X-Timestamp is more than 300 s away");
  const std::string_view signature = request.HeaderValue("x-signature");
  for (const Account& candidate : state_.accounts) {
    if (candidate.psp != "hmac") continue;
    std::vector<std::string> keys = candidate.secrets;
    keys.push_back(candidate.api_key);
    const bool verified =
        std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return Verifies(key, signature, *timestamp, request.body); });
    if (verified) account = &candidate;
  }
  if (account == nullptr) return HmacError(401, "signature_invalid", "X-Signature does not verify");
  return std::nullopt;
}

std::optional<Answer> HmacPsp::Claim(const http::ServerRequest& request, const Account& account) {
  const std::string key(request.HeaderValue("idempotency-key"));
  if (key.empty()) return HmacError(400, "idempotency_key_missing", "Idempotency-Key is required");
  auto claim = replays_.Begin(account.api_key, key, request.path + '\n' + request.body, state_.NowSeconds());
  if (claim.kind == Replays::Kind::kOther) return HmacError(422, "idempotency_key_reused", "the key was used with another request");
  if (claim.kind == Replays::Kind::kRunning) return HmacError(409, "idempotency_key_in_use", "the first request with this key still runs");
  if (claim.kind == Replays::Kind::kNew) return std::nullopt;
  claim.answer.headers.push_back({"Idempotent-Replayed", "true"});
  return claim.answer;
}

HmacPsp::Payment* HmacPsp::Find(const Account& account, const std::string& reference) {
  const auto found = by_reference_.find(reference);
  return found != by_reference_.end() && found->second->account == &account ? found->second : nullptr;
}

Json HmacPsp::Shown(const Payment& payment) {
  return {{"reference", payment.reference},
          {"payment_id", payment.payment_id},
          {"status", payment.status},
          {"amount_minor", payment.status == "succeeded" ? payment.captured : payment.amount_minor},
          {"currency", payment.currency},
          {"refunded_minor", payment.refunded},
          {"redirect_url", "https://pay.mobile-money.example/" + payment.reference},
          {"created", payment.created}};
}

Json HmacPsp::Shown(const RefundRow& refund) {
  return {{"refund_reference", refund.reference},
          {"refund_id", refund.refund_id},
          {"reference", refund.payment->reference},
          {"payment_id", refund.payment->payment_id},
          {"amount_minor", refund.amount_minor},
          {"currency", refund.payment->currency},
          {"status", refund.status}};
}

Answer HmacPsp::Create(const Account& account, const http::ServerRequest&, const Json& body) {
  const auto amount = Amount(body);
  const std::string currency = TextAt(body, "currency");
  if (TextAt(body, "payment_id").empty()) return HmacError(400, "payment_id_invalid", "payment_id is required");
  if (!amount) return HmacError(400, "amount_minor_invalid", "amount_minor must be a positive integer");
  if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return HmacError(400, "currency_invalid", "currency must be three capital letters");
  }
  Payment& payment = payments_.emplace_back(Payment{.account = &account,
                                                    .reference = NewReference("hp_"),
                                                    .payment_id = TextAt(body, "payment_id"),
                                                    .amount_minor = *amount,
                                                    .currency = currency,
                                                    .return_url = TextAt(body, "return_url"),
                                                    .created = state_.NowSeconds()});
  by_reference_[payment.reference] = &payment;
  return JsonAnswer(200, Shown(payment));
}

Answer HmacPsp::Get(const Account& account, const http::ServerRequest& request, const Json&) {
  const Payment* payment = Find(account, request.path_parameters[0]);
  return payment ? JsonAnswer(200, Shown(*payment)) : HmacError(404, "payment_unknown", "no such payment");
}

Answer HmacPsp::List(const Account& account, const http::ServerRequest& request, const Json&) {
  std::int64_t since = 0;
  for (const auto& [name, value] : http::FormDecode(request.query).value_or(http::FormFields{})) {
    const auto seconds = UnixSecondsIn(value);
    if (name != "since" || !seconds) return HmacError(400, "since_invalid", "since must be unix seconds");
    since = *seconds;
  }
  Json items = Json::array();
  for (const Payment& payment : payments_) {
    if (payment.account == &account && payment.created >= since) items.push_back(Shown(payment));
  }
  return JsonAnswer(200, {{"items", std::move(items)}});
}

Answer HmacPsp::Cancel(const Account& account, const http::ServerRequest& request, const Json&) {
  Payment* payment = Find(account, request.path_parameters[0]);
  if (payment == nullptr) return HmacError(404, "payment_unknown", "no such payment");
  if (payment->status == "pending") {
    Move(*payment, "canceled", 0);
  } else if (payment->status != "canceled") {
    Json refused = Shown(*payment);
    refused["code"] = "payment_final";
    refused["message"] = "the payment is " + payment->status;
    return JsonAnswer(422, refused);
  }
  return JsonAnswer(200, Shown(*payment));
}

Answer HmacPsp::AskRefund(const Account& account, const http::ServerRequest& request, const Json& body) {
  Payment* payment = Find(account, request.path_parameters[0]);
  if (payment == nullptr) return HmacError(404, "payment_unknown", "no such payment");
  const auto amount = Amount(body);
  if (!amount) return HmacError(400, "amount_minor_invalid", "amount_minor must be a positive integer");
  if (payment->status != "succeeded" || *amount > payment->captured - payment->refunded)
    return HmacError(422, "amount_exceeds_capture", "there is no such amount to refund");
  return JsonAnswer(200, Shown(OpenRefund(*payment, *amount, "succeeded", TextAt(body, "refund_id"))));
}

}  // namespace quittance::sandbox

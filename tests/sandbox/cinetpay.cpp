// CinetPay's API, its payers and its notifications.
#include "tests/sandbox/cinetpay.h"

#include <algorithm>
#include <array>

#include "common/core/money.h"
#include "common/crypto/hmac.h"

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kStep = 5;
constexpr std::array<const char*, 16> kSigned = {"cpm_site_id",       "cpm_trans_id", "cpm_trans_date",  "cpm_amount",
                                                 "cpm_currency",      "signature",    "payment_method",  "cel_phone_num",
                                                 "cpm_phone_prefixe", "cpm_language", "cpm_version",     "cpm_payment_config",
                                                 "cpm_page_action",   "cpm_custom",   "cpm_designation", "cpm_error_message"};

using Answer = http::ServerResponse;

Answer Say(int status, const std::string& code, const std::string& message, Json data = Json()) {
  Json body = {{"code", code}, {"message", message}, {"description", message}, {"api_response_id", NewReference("")}};
  body["data"] = std::move(data);
  return JsonAnswer(status, body);
}

bool Known(const std::string& currency) {
  constexpr std::array<std::string_view, 5> kCurrencies = {"XOF", "XAF", "CDF", "GNF", "USD"};
  return std::find(kCurrencies.begin(), kCurrencies.end(), currency) != kCurrencies.end();
}

}  // namespace

std::string CinetPayToken(const std::string& secret, const http::FormFields& fields) {
  std::string text;
  for (const char* name : kSigned) {
    for (const auto& [field, value] : fields) text += field == name ? value : "";
  }
  return crypto::Hex(crypto::HmacSha256(secret, text));
}

std::vector<http::Route> CinetPay::Routes() {
  return {Bind("/cinetpay/v2/payment", &CinetPay::Init), Bind("/cinetpay/v2/payment/check", &CinetPay::Check)};
}

http::Route CinetPay::Bind(std::string path, Action action) {
  return {"POST", std::move(path), kBodyMax, [this, action](const http::ServerRequest& request) { return Serve(request, action); }};
}

Task<Answer> CinetPay::Serve(const http::ServerRequest& request, Action action) {
  const auto body = ParseObject(request.body);
  const Account* account = nullptr;
  Steps steps;
  steps.begin = [&]() -> std::optional<Answer> {
    if (!body) return Say(400, "608", "MINIMUM_REQUIRED_FIELDS");
    account = state_.FindAccount("cinetpay", TextAt(*body, "apikey"));
    if (account == nullptr) return Say(401, "609", "AUTH_NOT_FOUND");
    if (TextAt(*body, "site_id").empty()) return Say(400, "613", "ERROR_SITE_ID_NOTVALID");
    return std::nullopt;
  };
  steps.act = [&](const Fault& fault) {
    if (fault.kind == Fault::Kind::kStoredStatus) return Say(fault.status, "624", "UNKNOWN_ERROR");
    return (this->*action)(*account, *body);
  };
  steps.fail = [](const Fault& fault) {
    Answer answer = Say(fault.status, fault.status == 429 ? "429" : "624", fault.status == 429 ? "TOO_MANY_REQUESTS" : "UNKNOWN_ERROR");
    if (fault.status == 429) answer.headers.push_back({"Retry-After", std::to_string(fault.retry_after)});
    return answer;
  };
  Answer answer = co_await Play(state_, "cinetpay", request, std::move(steps));
  co_return answer;
}

CinetPay::Payment* CinetPay::Find(const Account& account, const std::string& id) {
  const auto found = by_id_.find(account.api_key + '\n' + id);
  return found == by_id_.end() ? nullptr : found->second;
}

Json CinetPay::Shown(const Payment& payment) {
  return {{"transaction_id", payment.id}, {"status", payment.status}, {"code", payment.code}, {"amount", payment.amount}};
}

Answer CinetPay::Init(const Account& account, const Json& body) {
  const std::string id = TextAt(body, "transaction_id"), currency = TextAt(body, "currency");
  const auto amount = body.find("amount");
  if (id.empty() || TextAt(body, "description").empty() || TextAt(body, "notify_url").empty())
    return Say(400, "608", "MINIMUM_REQUIRED_FIELDS");
  if (!Known(currency)) return Say(400, "608", "CURRENCY_NOT_VALID");
  if (amount == body.end() || !amount->is_number_integer() || amount->get<std::int64_t>() <= 0 || amount->get<std::int64_t>() % kStep != 0)
    return Say(400, "641", "ERROR_AMOUNT_TOO_LOW");
  if (Find(account, id) != nullptr) return Say(400, "608", "TRANSACTION_ID_ALREADY_EXISTS");
  Payment& payment = payments_.emplace_back(Payment{.account = &account,
                                                    .id = id,
                                                    .site = TextAt(body, "site_id"),
                                                    .amount = amount->get<std::int64_t>(),
                                                    .currency = currency,
                                                    .metadata = TextAt(body, "metadata"),
                                                    .notify_url = TextAt(body, "notify_url"),
                                                    .created = state_.NowSeconds()});
  by_id_[account.api_key + '\n' + id] = &payment;
  const std::string token = NewReference("");
  return Say(200, "201", "CREATED", {{"payment_token", token}, {"payment_url", "https://checkout.cinetpay.com/payment/" + token}});
}

Answer CinetPay::Check(const Account& account, const Json& body) {
  const Payment* payment = Find(account, TextAt(body, "transaction_id"));
  if (payment == nullptr) return Say(404, "600", "TRANSACTION_NOT_FOUND");
  const auto shown = payment->status == "ACCEPTED" ? payment->paid : payment->amount;
  return Say(200, payment->code, payment->message,
             {{"amount", std::to_string(shown)},
              {"currency", payment->currency},
              {"status", payment->status},
              {"payment_method", "OM"},
              {"description", ""},
              {"metadata", payment->metadata},
              {"operator_id", "MP" + payment->id.substr(0, 8)},
              {"payment_date", FormatRfc3339(state_.clock.Now())}});
}

Answer CinetPay::Pay(const Json& command) {
  const std::string reference = TextAt(command, "reference"), outcome = TextAt(command, "outcome");
  const auto found = std::find_if(payments_.begin(), payments_.end(), [&](const Payment& payment) { return payment.id == reference; });
  if (found == payments_.end()) return Refuse(404, "no such transaction");
  Payment& payment = *found;
  if (payment.status == "ACCEPTED" || (payment.status == "REFUSED" && outcome != "late_success"))
    return Refuse(409, "the transaction is " + payment.status);
  if (outcome == "succeed" || outcome == "late_success") {
    const auto minor = command.value("amount_minor", Json());
    const int exponent = Currency::Parse(payment.currency)->exponent();
    payment.paid = minor.is_number_integer() ? minor.get<std::int64_t>() : payment.amount;
    for (int i = 0; minor.is_number_integer() && i < exponent; ++i) payment.paid /= 10;
    Move(payment, "ACCEPTED", "00", "SUCCES");
  } else if (outcome == "decline") {
    Move(payment, "REFUSED", "602", "INSUFFISENT_BALANCE");
  } else if (outcome == "cancel") {
    Move(payment, "REFUSED", "627", "TRANSACTION_CANCEL");
  } else if (outcome == "expire") {
    Move(payment, "REFUSED", "600", "PAYMENT_FAILED");
  } else if (outcome == "process") {
    Move(payment, "WAITING_FOR_CUSTOMER", "664", "WAITING_CUSTOMER_PAYMENT_AT_OPERATOR_SIDE");
  } else if (outcome == "require_action") {
    Move(payment, "WAITING_FOR_CUSTOMER", "623", "WAITING_CUSTOMER_TO_VALIDATE");
  } else {
    return Refuse(400, "outcome must be succeed, decline, require_action, process, cancel, expire or late_success");
  }
  return JsonAnswer(200, Shown(payment));
}

Answer CinetPay::Refund(const Json&) { return Refuse(409, "CinetPay gives no money back by itself"); }
Answer CinetPay::Dispute(const Json&) { return Refuse(409, "CinetPay knows no disputes"); }

void CinetPay::Move(Payment& payment, const std::string& status, const std::string& code, const std::string& message) {
  payment.status = status;
  payment.code = code;
  payment.message = message;
  if (status == "ACCEPTED") {
    std::int64_t minor = payment.paid;
    for (int i = 0; i < Currency::Parse(payment.currency)->exponent(); ++i) minor *= 10;
    Keep(state_.charges, Charge{"cinetpay", payment.id, "MP" + payment.id.substr(0, 8), payment.metadata, "capture", minor,
                                payment.currency, state_.clock.Now()});
  }
  Notify(payment, message);
}

void CinetPay::Notify(const Payment& payment, const std::string& message) {
  const Account* account = payment.account;
  std::string date = FormatRfc3339(state_.clock.Now()).substr(0, 19);
  date[10] = ' ';
  const http::FormFields fields = {{"cpm_site_id", payment.site},
                                   {"cpm_trans_id", payment.id},
                                   {"cpm_trans_date", date},
                                   {"cpm_amount", std::to_string(payment.amount)},
                                   {"cpm_currency", payment.currency},
                                   {"signature", NewReference("")},
                                   {"payment_method", "OM"},
                                   {"cel_phone_num", "0102030405"},
                                   {"cpm_phone_prefixe", "225"},
                                   {"cpm_language", "fr"},
                                   {"cpm_version", "V4"},
                                   {"cpm_payment_config", "SINGLE"},
                                   {"cpm_page_action", "PAYMENT"},
                                   {"cpm_custom", payment.metadata},
                                   {"cpm_designation", "payment"},
                                   {"cpm_error_message", message}};
  const std::string token = account->secrets.empty() ? "" : CinetPayToken(account->secrets.front(), fields);
  deliveries_.Post({.psp = "cinetpay",
                    .type = message,
                    .id = payment.id + ":" + payment.code,
                    .url = account->webhook_url.empty() ? payment.notify_url : account->webhook_url,
                    .body = http::FormEncode(fields),
                    .headers = [token](TimePoint) -> std::vector<http::Header> {
                      return {{"Content-Type", "application/x-www-form-urlencoded"}, {"x-token", token}};
                    }});
}

}  // namespace quittance::sandbox

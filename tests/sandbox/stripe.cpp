// Stripe's API: authentication, idempotency, PaymentIntents, refunds.
#include "tests/sandbox/stripe.h"

#include <algorithm>

#include "common/crypto/hmac.h"
#include "tests/sandbox/stripe_errors.h"
#include "tests/sandbox/stripe_objects.h"

namespace quittance::sandbox {
namespace {

constexpr std::int64_t kAmountMax = 99'999'999;
constexpr std::size_t kKeyMax = 255;

using Answer = http::ServerResponse;

Json ListObject(const std::string& url, Json data, bool has_more) {
  return {{"object", "list"}, {"url", url}, {"has_more", has_more}, {"data", std::move(data)}};
}

std::string Fingerprint(const http::ServerRequest& request) { return request.method + ' ' + request.path + '\n' + request.body; }

bool IsFinal(const std::string& status) { return status == "succeeded" || status == "canceled"; }

Answer UnexpectedState(const std::string& verb, const Json& intent) {
  return StripeError(400,
                     {.code = "payment_intent_unexpected_state",
                      .message = "You cannot " + verb + " this PaymentIntent because it has a status of " + TextAt(intent, "status") + ".",
                      .payment_intent = intent});
}

// One clause of a search: metadata['key']:'value', status:'…', currency:'…'. False if it is none.
bool MatchClause(const Json& intent, std::string_view clause, bool& matches) {
  const auto colon = clause.find(':');
  if (colon == std::string_view::npos || clause.size() < colon + 3) return false;
  const std::string_view field = clause.substr(0, colon);
  const std::string value(clause.substr(colon + 2, clause.size() - colon - 3));
  if (field == "status" || field == "currency") {
    matches = TextAt(intent, std::string(field)) == value;
    return true;
  }
  if (!field.starts_with("metadata[") || field.size() < 13 || !field.ends_with(']')) return false;
  matches = TextAt(intent.at("metadata"), std::string(field.substr(10, field.size() - 12))) == value;
  return true;
}

}  // namespace

std::string StripeSignature(const std::vector<std::string>& secrets, std::int64_t timestamp, const std::string& body) {
  const std::string signed_text = std::to_string(timestamp) + '.' + body;
  std::string header = "t=" + std::to_string(timestamp);
  for (const std::string& secret : secrets) header += ",v1=" + crypto::Hex(crypto::HmacSha256(secret, signed_text));
  return header;
}

std::vector<http::Route> Stripe::Routes() {
  return {Bind("POST", "/stripe/v1/payment_intents", &Stripe::CreateIntent),
          Bind("GET", "/stripe/v1/payment_intents", &Stripe::ListIntents),
          Bind("GET", "/stripe/v1/payment_intents/search", &Stripe::SearchIntents),
          Bind("GET", "/stripe/v1/payment_intents/{id}", &Stripe::GetIntent),
          Bind("POST", "/stripe/v1/payment_intents/{id}/confirm", &Stripe::ConfirmIntent),
          Bind("POST", "/stripe/v1/payment_intents/{id}/cancel", &Stripe::CancelIntent),
          Bind("POST", "/stripe/v1/refunds", &Stripe::CreateRefund),
          Bind("GET", "/stripe/v1/refunds", &Stripe::ListRefunds),
          Bind("GET", "/stripe/v1/refunds/{id}", &Stripe::GetRefund),
          Bind("POST", "/stripe/v1/payment_methods/{id}/detach", &Stripe::DetachMethod)};
}

http::Route Stripe::Bind(std::string method, std::string path, Action action) {
  return {std::move(method), std::move(path), kBodyMax,
          [this, action](const http::ServerRequest& request) { return Serve(request, action); }};
}

Task<Answer> Stripe::Serve(const http::ServerRequest& request, Action action) {
  const Account* account = nullptr;
  Steps steps;
  steps.begin = [&]() -> std::optional<Answer> {
    if (auto refused = Authenticate(request, account)) return refused;
    return Claim(request, *account);
  };
  steps.act = [&](const Fault& fault) {
    const auto params = StripeParams::Read(request);
    Answer answer = fault.kind == Fault::Kind::kStoredStatus ? StripeFailure(fault.status, fault.retry_after)
                    : params                                 ? (this->*action)(*account, request, *params)
                                                             : StripeError(400, {.message = "Invalid form encoding."});
    if (fault.kind == Fault::Kind::kMadeStatus) answer = StripeFailure(fault.status, fault.retry_after);
    Settle(request, *account, answer);
    return answer;
  };
  steps.fail = [](const Fault& fault) { return StripeFailure(fault.status, fault.retry_after); };
  Answer answer = co_await Play(state_, "stripe", request, std::move(steps));
  answer.headers.push_back({"Request-Id", NewReference("req_")});
  const std::string_view key = request.HeaderValue("idempotency-key");
  if (!key.empty()) answer.headers.push_back({"Idempotency-Key", std::string(key)});
  co_return answer;
}

// Bearer, or Basic with the key as the user's name.
std::optional<Answer> Stripe::Authenticate(const http::ServerRequest& request, const Account*& account) {
  const std::string_view header = request.HeaderValue("authorization");
  std::string key;
  if (header.starts_with("Bearer ")) key = header.substr(7);
  if (header.starts_with("Basic ")) {
    const std::string pair = crypto::UnBase64(header.substr(6)).value_or("");
    key = pair.substr(0, pair.find(':'));
  }
  if (key.empty())
    return StripeError(
        401,
        {.message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth."});
  account = state_.FindAccount("stripe", key);
  if (account != nullptr) return std::nullopt;
  const std::string shown = key.size() > 12 ? key.substr(0, 8) + "****" + key.substr(key.size() - 4) : "****";
  return StripeError(401, {.message = "Invalid API Key provided: " + shown});
}

std::optional<Answer> Stripe::Claim(const http::ServerRequest& request, const Account& account) {
  const std::string key(request.HeaderValue("idempotency-key"));
  if (request.method != "POST" || key.empty()) return std::nullopt;
  if (key.size() > kKeyMax)
    return StripeError(400, {.type = "idempotency_error", .message = "Idempotency keys are at most 255 characters long."});
  auto claim = replays_.Begin(account.api_key, key, Fingerprint(request), state_.NowSeconds());
  switch (claim.kind) {
    case Replays::Kind::kNew:
      return std::nullopt;
    case Replays::Kind::kReplay:
      claim.answer.headers.push_back({"Idempotent-Replayed", "true"});
      return claim.answer;
    case Replays::Kind::kOther:
      return StripeError(
          400,
          {.type = "idempotency_error",
           .message = "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key "
                      "other than '" +
                      key + "' if you meant to execute a different request."});
    case Replays::Kind::kRunning: {
      auto answer =
          StripeError(409, {.type = "idempotency_error",
                            .code = "idempotency_key_in_use",
                            .message = "There is currently another in-progress request using this Idempotency-Key. Try again later."});
      answer.headers.push_back({"Stripe-Should-Retry", "true"});
      return answer;
    }
  }
  return std::nullopt;
}

// Remembered is what began to run: successes, declines, server errors. What failed validation may be sent again, mended.
void Stripe::Settle(const http::ServerRequest& request, const Account& account, const Answer& answer) {
  const std::string key(request.HeaderValue("idempotency-key"));
  if (request.method != "POST" || key.empty()) return;
  if (answer.status < 400 || answer.status == 402 || answer.status >= 500) {
    replays_.Remember(account.api_key, key, answer);
  } else {
    replays_.Forget(account.api_key, key);
  }
}

Stripe::Intent* Stripe::FindIntent(const Account& account, const std::string& id) {
  const auto found = by_id_.find(id);
  return found != by_id_.end() && found->second->account == &account ? found->second : nullptr;
}

Answer Stripe::CreateIntent(const Account& account, const http::ServerRequest&, const StripeParams& params) {
  if (auto unknown = params.Unknown({"amount",
                                     "automatic_payment_methods[]",
                                     "capture_method",
                                     "confirm",
                                     "confirmation_method",
                                     "currency",
                                     "customer",
                                     "description",
                                     "expand[]",
                                     "mandate_data[]",
                                     "metadata[]",
                                     "off_session",
                                     "payment_method",
                                     "payment_method_options[]",
                                     "payment_method_types[]",
                                     "receipt_email",
                                     "return_url",
                                     "setup_future_usage",
                                     "shipping[]",
                                     "statement_descriptor",
                                     "statement_descriptor_suffix",
                                     "transfer_group",
                                     "use_stripe_sdk"})) {
    return *unknown;
  }
  for (const char* required : {"amount", "currency"}) {
    if (!params.Get(required))
      return StripeError(
          400, {.code = "parameter_missing", .message = std::string("Missing required param: ") + required + ".", .param = required});
  }
  std::optional<std::int64_t> amount;
  if (auto refused = params.Integer("amount", 1, kAmountMax, amount)) return *refused;
  const std::string currency = params.Text("currency");
  if (currency.size() != 3 || !std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
    return StripeError(400, {.message = "Invalid currency: " + currency + ".", .param = "currency"});
  }
  if (params.Metadata().size() > 50) return StripeError(400, {.message = "Metadata can have at most 50 keys.", .param = "metadata"});

  Intent& intent = intents_.emplace_back(Intent{&account, NewIntentObject(params, *amount, state_.NowSeconds(), IsLive(account))});
  by_id_[TextAt(intent.object, "id")] = &intent;
  Emit(intent, "payment_intent.created", intent.object);
  if (params.Text("confirm") == "true") {
    if (auto declined = Confirm(intent, params.Text("payment_method"), params.Text("return_url"))) return *declined;
  }
  return JsonAnswer(200, intent.object);
}

Answer Stripe::GetIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params) {
  if (auto unknown = params.Unknown({"client_secret", "expand[]"})) return *unknown;
  const Intent* intent = FindIntent(account, request.path_parameters[0]);
  return intent ? JsonAnswer(200, intent->object) : NoSuch("payment_intent", request.path_parameters[0], "intent");
}

// Newest first, by cursor.
Answer Stripe::ListIntents(const Account& account, const http::ServerRequest&, const StripeParams& params) {
  if (auto unknown = params.Unknown({"created", "created[]", "customer", "ending_before", "expand[]", "limit", "starting_after"}))
    return *unknown;
  std::optional<std::int64_t> limit, from, until;
  if (auto refused = params.Integer("limit", 1, 100, limit)) return *refused;
  if (auto refused = params.Integer("created[gte]", 0, INT64_MAX, from)) return *refused;
  if (auto refused = params.Integer("created[lte]", 0, INT64_MAX, until)) return *refused;
  const std::string after = params.Text("starting_after");
  if (!after.empty() && FindIntent(account, after) == nullptr) return NoSuch("payment_intent", after, "starting_after");

  Json data = Json::array();
  bool has_more = false, past_cursor = after.empty();
  for (auto intent = intents_.rbegin(); intent != intents_.rend() && !has_more; ++intent) {
    if (intent->account != &account) continue;
    const auto created = intent->object.at("created").get<std::int64_t>();
    const bool in_range = created >= from.value_or(0) && created <= until.value_or(INT64_MAX);
    const bool of_customer = !params.Get("customer") || TextAt(intent->object, "customer") == params.Text("customer");
    if (past_cursor && in_range && of_customer) {
      has_more = data.size() == static_cast<std::size_t>(limit.value_or(10));
      if (!has_more) data.push_back(intent->object);
    }
    past_cursor = past_cursor || TextAt(intent->object, "id") == after;
  }
  return JsonAnswer(200, ListObject("/v1/payment_intents", std::move(data), has_more));
}

Answer Stripe::SearchIntents(const Account& account, const http::ServerRequest&, const StripeParams& params) {
  if (auto unknown = params.Unknown({"expand[]", "limit", "page", "query"})) return *unknown;
  const std::string query = params.Text("query");
  Json data = Json::array();
  for (auto intent = intents_.rbegin(); intent != intents_.rend(); ++intent) {
    if (intent->account != &account) continue;
    bool all = true;
    for (std::size_t start = 0; start <= query.size();) {
      const std::size_t end = std::min(query.find(" AND ", start), query.size());
      bool matches = false;
      if (!MatchClause(intent->object, std::string_view(query).substr(start, end - start), matches)) {
        return StripeError(400, {.message = "We were unable to parse your search query.", .param = "query"});
      }
      all = all && matches;
      start = end + 5;
    }
    if (all) data.push_back(intent->object);
  }
  return JsonAnswer(200, {{"object", "search_result"},
                          {"url", "/v1/payment_intents/search"},
                          {"has_more", false},
                          {"next_page", nullptr},
                          {"data", std::move(data)}});
}

Answer Stripe::ConfirmIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params) {
  if (auto unknown = params.Unknown({"expand[]", "mandate_data[]", "off_session", "payment_method", "payment_method_options[]",
                                     "receipt_email", "return_url", "setup_future_usage", "shipping[]", "use_stripe_sdk"})) {
    return *unknown;
  }
  Intent* intent = FindIntent(account, request.path_parameters[0]);
  if (intent == nullptr) return NoSuch("payment_intent", request.path_parameters[0], "intent");
  if (IsFinal(TextAt(intent->object, "status"))) return UnexpectedState("confirm", intent->object);
  if (auto declined = Confirm(*intent, params.Text("payment_method"), params.Text("return_url"))) return *declined;
  return JsonAnswer(200, intent->object);
}

// Stripe's own test payment methods decide: most are good cards, some decline or ask for authentication.
std::optional<Answer> Stripe::Confirm(Intent& intent, const std::string& payment_method, const std::string& return_url) {
  if (!payment_method.empty()) intent.object["payment_method"] = payment_method;
  const std::string method = TextAt(intent.object, "payment_method");
  if (method.empty()) {
    return StripeError(400, {.code = "payment_intent_unexpected_state",
                             .message = "You cannot confirm this PaymentIntent because it's missing a payment method.",
                             .payment_intent = intent.object});
  }
  if (!method.starts_with("pm_")) return NoSuch("PaymentMethod", method, "payment_method");
  if (method.find("eclined") != std::string::npos) {
    Decline(intent);
    return StripeError(402, {.type = "card_error",
                             .code = "card_declined",
                             .message = "Your card was declined.",
                             .decline_code = "generic_decline",
                             .payment_intent = intent.object});
  }
  if (method.find("authenticationRequired") != std::string::npos || method.find("threeDSecure") != std::string::npos) {
    RequireAction(intent, return_url);
  } else {
    Succeed(intent, intent.object.at("amount").get<std::int64_t>());
  }
  return std::nullopt;
}

Answer Stripe::CancelIntent(const Account& account, const http::ServerRequest& request, const StripeParams& params) {
  if (auto unknown = params.Unknown({"cancellation_reason", "expand[]"})) return *unknown;
  Intent* intent = FindIntent(account, request.path_parameters[0]);
  if (intent == nullptr) return NoSuch("payment_intent", request.path_parameters[0], "intent");
  if (IsFinal(TextAt(intent->object, "status"))) return UnexpectedState("cancel", intent->object);
  Cancel(*intent, params.Text("cancellation_reason"));
  return JsonAnswer(200, intent->object);
}

Answer Stripe::CreateRefund(const Account& account, const http::ServerRequest&, const StripeParams& params) {
  if (auto unknown = params.Unknown(
          {"amount", "charge", "expand[]", "metadata[]", "payment_intent", "reason", "refund_application_fee", "reverse_transfer"}))
    return *unknown;
  Intent* intent = FindIntent(account, params.Text("payment_intent"));
  for (Intent& other : intents_) {
    if (!intent && other.account == &account && params.Get("charge") && TextAt(other.object, "latest_charge") == params.Text("charge"))
      intent = &other;
  }
  if (!params.Get("payment_intent") && !params.Get("charge")) {
    return StripeError(400, {.code = "parameter_missing",
                             .message = "One of the following params should be provided for this request: payment_intent or charge."});
  }
  if (intent == nullptr) return NoSuch("payment_intent", params.Text("payment_intent"), "payment_intent");
  if (TextAt(intent->object, "status") != "succeeded") {
    return StripeError(400,
                       {.message = "This PaymentIntent (" + TextAt(intent->object, "id") + ") does not have a successful charge to refund.",
                        .param = "payment_intent"});
  }
  const std::int64_t left = intent->object.at("amount_received").get<std::int64_t>() - intent->refunded;
  if (left == 0)
    return StripeError(400, {.code = "charge_already_refunded",
                             .message = "Charge " + TextAt(intent->object, "latest_charge") + " has already been refunded."});
  std::optional<std::int64_t> amount;
  if (auto refused = params.Integer("amount", 1, kAmountMax, amount)) return *refused;
  if (amount.value_or(left) > left) {
    return StripeError(400, {.message = "Refund amount (" + std::to_string(*amount) + ") is greater than unrefunded amount on charge (" +
                                        std::to_string(left) + ")",
                             .param = "amount"});
  }
  return JsonAnswer(200, OpenRefund(*intent, amount.value_or(left), "succeeded", params.Text("reason"), params.Metadata()).object);
}

Answer Stripe::GetRefund(const Account& account, const http::ServerRequest& request, const StripeParams& params) {
  if (auto unknown = params.Unknown({"expand[]"})) return *unknown;
  const auto found = refunds_.find(request.path_parameters[0]);
  if (found == refunds_.end() || found->second.intent->account != &account) return NoSuch("refund", request.path_parameters[0], "refund");
  return JsonAnswer(200, found->second.object);
}

Answer Stripe::ListRefunds(const Account& account, const http::ServerRequest&, const StripeParams& params) {
  if (auto unknown = params.Unknown({"charge", "created[]", "ending_before", "expand[]", "limit", "payment_intent", "starting_after"}))
    return *unknown;
  Json data = Json::array();
  for (const auto& [id, refund] : refunds_) {
    const bool asked = !params.Get("payment_intent") || TextAt(refund.object, "payment_intent") == params.Text("payment_intent");
    if (refund.intent->account == &account && asked) data.push_back(refund.object);
  }
  return JsonAnswer(200, ListObject("/v1/refunds", std::move(data), false));
}

// Every method that looks like one is there and attached.
Answer Stripe::DetachMethod(const Account&, const http::ServerRequest& request, const StripeParams& params) {
  const std::string& id = request.path_parameters[0];
  if (auto unknown = params.Unknown({"expand[]"})) return *unknown;
  if (!id.starts_with("pm_")) return NoSuch("PaymentMethod", id, "payment_method");
  return JsonAnswer(200, {{"id", id}, {"object", "payment_method"}, {"customer", nullptr}, {"type", "card"}});
}

}  // namespace quittance::sandbox

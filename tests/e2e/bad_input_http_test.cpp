// Bad input on the ingress: forged, late, doubled, shuffled, empty, too big, unknown; each answered as interface.md says, and nothing
// moves.
#include <thread>

#include "tests/e2e/fixture.h"
#include "tests/e2e/webhooks.h"

namespace quittance::e2e {
namespace {

class BadInputHttpTests;  // names this file's tenant

std::string Url(const std::string& connection) { return WebhookUrl(TheStack(), ReadyTenant<BadInputHttpTests>(), connection); }

HttpAnswer PostStripe(const std::string& body, std::int64_t time, const std::string& signature) {
  return Http("POST", Url("stripe"), body,
              {"Content-Type: application/json", "Stripe-Signature: t=" + std::to_string(time) + ",v1=" + signature});
}
HttpAnswer PostSignedStripe(const std::string& body, std::int64_t shift = 0) {
  return e2e::PostSignedStripe(TheStack(), ReadyTenant<BadInputHttpTests>(), body, shift);
}
HttpAnswer PostSignedHmac(const std::string& body) { return e2e::PostSignedHmac(TheStack(), ReadyTenant<BadInputHttpTests>(), body); }

std::string HmacEvent(const std::string& type, const billing::v1::PaymentIntent& intent, std::int64_t amount = 1990,
                      const std::string& currency = "EUR") {
  return e2e::HmacEvent(TheStack(), type, intent, amount, currency).dump();
}

// An intent of a user of its own at the generic HMAC PSP.
billing::v1::PaymentIntent Open() {
  auth::v1::CreateUserRequest user;
  user.set_request_id("user-" + RandomHex(16));
  user.set_external_id("customer-" + RandomHex(12));
  const std::string token = TheStack().Token(ReadyTenant<BadInputHttpTests>().backend);
  const auto made = Call(TheStack().users(), &auth::v1::UserService::Stub::CreateUser, token, user);
  EXPECT_TRUE(made.ok()) << made.status.error_message();
  billing::v1::CreatePaymentIntentRequest request;
  request.set_request_id("hook-" + RandomHex(16));
  request.set_user_id(made.value.id());
  request.set_plan_code("signaux-weekly");
  request.set_connection("hmac");
  const auto intent = Call(TheStack().billing(), &billing::v1::BillingService::Stub::CreatePaymentIntent, token, request);
  EXPECT_TRUE(intent.ok()) << intent.status.error_message() << " " << intent.reason;
  return intent.value;
}

billing::v1::PaymentIntent Read(const std::string& id) {
  billing::v1::GetPaymentIntentRequest request;
  request.set_payment_intent_id(id);
  return Call(TheStack().billing(), &billing::v1::BillingService::Stub::GetPaymentIntent,
              TheStack().Token(ReadyTenant<BadInputHttpTests>().backend), request)
      .value;
}

void ExpectSecurityHeaders(const HttpAnswer& answer) {
  for (const char* name : {"strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options",
                           "referrer-policy", "permissions-policy"}) {
    EXPECT_EQ(answer.headers.count(name), 1u) << name;
  }
  EXPECT_EQ(answer.headers.count("server"), 0u);
  EXPECT_EQ(answer.headers.count("x-powered-by"), 0u);
}

TEST(BadWebhook, W10_UnsignedOrForgedIs401) {
  const auto intent = Open();
  const std::string body = HmacEvent("payment.succeeded", intent);
  const std::string time = std::to_string(TheStack().BusinessNow());
  const std::string good = HmacHex(ReadyTenant<BadInputHttpTests>().hmac_secret, time + "." + body);
  EXPECT_EQ(Http("POST", Url("hmac"), body, {"Content-Type: application/json"}).status / 100, 4);
  for (const auto& signature :
       {std::string(), std::string("v1="), "v1=" + good.substr(0, 62), "v1=" + good + "00", "v1=" + std::string(64, 'z'),
        "v1=" + good.substr(0, 63) + (good[63] == '0' ? "1" : "0"), std::string("v0=") + good}) {
    EXPECT_EQ(Http("POST", Url("hmac"), body, {"X-Timestamp: " + time, "X-Signature: " + signature}).status / 100, 4) << signature;
  }
  EXPECT_EQ(PostStripe(R"({"id":"evt_1"})", TheStack().BusinessNow(), std::string(64, '0')).status / 100, 4);
  EXPECT_EQ(Read(intent.id()).status(), billing::v1::PaymentIntent::PENDING);
}

TEST(BadWebhook, W11_W12_W13_TimestampsOutsideTheTolerance) {
  const auto intent = Open();
  const std::string body = HmacEvent("payment.succeeded", intent);
  for (const auto& time :
       {std::to_string(TheStack().BusinessNow() - 600), std::to_string(TheStack().BusinessNow() + 600), std::string("1e9"),
        std::string("-1"), std::string("9223372036854775808"), std::string("0x10"), std::string("+1")}) {
    const auto answer =
        Http("POST", Url("hmac"), body,
             {"X-Timestamp: " + time, "X-Signature: v1=" + HmacHex(ReadyTenant<BadInputHttpTests>().hmac_secret, time + "." + body)});
    EXPECT_TRUE(answer.status == 401 || answer.status == 429) << time << " " << answer.status;
  }
  EXPECT_EQ(Read(intent.id()).status(), billing::v1::PaymentIntent::PENDING);
  EXPECT_EQ(PostSignedStripe(R"({"id":"evt_2","object":"event","type":"x"})", -600).status / 100, 4);
}

TEST(BadWebhook, W01_DoubledAtOnceIsAppliedOnce) {
  const auto intent = Open();
  const std::string body = HmacEvent("payment.succeeded", intent);
  std::vector<std::thread> threads;
  std::atomic<int> accepted{0};
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { accepted += PostSignedHmac(body).status / 100 == 2 ? 1 : 0; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(accepted, 8);
  const auto paid = Read(intent.id());
  EXPECT_EQ(paid.status(), billing::v1::PaymentIntent::SUCCEEDED);
  EXPECT_EQ(paid.amount_captured().amount_minor(), 1990);
}

TEST(BadWebhook, W03_TheSameEventIdWithOtherBytesMovesNothing) {
  const auto intent = Open();
  Json event = Json::parse(HmacEvent("payment.failed", intent));
  EXPECT_EQ(PostSignedHmac(event.dump()).status / 100, 2);
  event["type"] = "payment.succeeded";
  EXPECT_EQ(PostSignedHmac(event.dump()).status / 100, 2);
  EXPECT_EQ(Read(intent.id()).status(), billing::v1::PaymentIntent::PENDING);
}

TEST(BadWebhook, W05_AnOldEventDoesNotRegressAPaidPayment) {
  const auto intent = Open();
  EXPECT_EQ(PostSignedHmac(HmacEvent("payment.succeeded", intent)).status / 100, 2);
  EXPECT_EQ(PostSignedHmac(HmacEvent("payment.failed", intent)).status / 100, 2);
  EXPECT_EQ(Read(intent.id()).status(), billing::v1::PaymentIntent::SUCCEEDED);
}

TEST(BadWebhook, W07_AnotherAmountOrCurrencyOpensNothing) {
  for (const auto& [amount, currency] : {std::pair<std::int64_t, std::string>{100, "EUR"}, {1990, "XOF"}}) {
    const auto intent = Open();
    EXPECT_EQ(PostSignedHmac(HmacEvent("payment.succeeded", intent, amount, currency)).status / 100, 2);
    const auto read = Read(intent.id());
    EXPECT_EQ(read.status(), billing::v1::PaymentIntent::PENDING) << amount << currency;
    EXPECT_EQ(read.detail(), "conflicted") << amount << currency;
  }
}

TEST(BadWebhook, W06_BeforeItsPaymentIsKnownIsParkedAnd2xx) {
  billing::v1::PaymentIntent unknown;
  unknown.set_id("pay_" + RandomHex(32));
  unknown.set_psp_reference("hp_" + RandomHex(16));
  EXPECT_EQ(PostSignedHmac(HmacEvent("payment.succeeded", unknown)).status / 100, 2);
}

TEST(BadWebhook, W20_W27_UnreadableOrUnknownAfterAGoodSignatureIs2xx) {
  for (const auto& body : {std::string("{"), std::string("[]"), std::string("null"),
                           std::string(R"({"id":"evt_)") + RandomHex(8) + R"(","type":"no.such.type"})", std::string(10'000, '['),
                           std::string("{\"id\":\"\xff\xfe\"}"), std::string(R"({"id":1e400})")}) {
    EXPECT_EQ(PostSignedStripe(body).status / 100, 2) << body.substr(0, 40);
    EXPECT_EQ(PostSignedHmac(body).status / 100, 2) << body.substr(0, 40);
  }
}

TEST(BadWebhook, W21_W22_SizesAndEncodings) {
  EXPECT_EQ(PostSignedHmac("").status / 100, 2) << "signed and empty: parked";
  EXPECT_EQ(PostSignedHmac(std::string(1024 * 1024 + 1, 'x')).status, 413);
  EXPECT_EQ(Http("POST", Url("hmac"), "x", {"Content-Encoding: gzip"}).status, 415);
  EXPECT_EQ(Http("POST", Url("hmac"), "x", {"X-Big: " + std::string(17 * 1024, 'h')}).status, 431);
}

TEST(BadWebhook, UnknownTenantConnectionAndRoutes) {
  const std::string ingress = TheStack().at("ingress");
  EXPECT_EQ(Http("POST", ingress + "/webhooks/no-such-tenant/stripe", "{}").status, 404);
  EXPECT_EQ(Http("POST", Url("no-such-connection"), "{}").status, 404);
  EXPECT_EQ(Http("GET", Url("stripe")).status, 200);
  EXPECT_EQ(Http("HEAD", Url("stripe")).status, 200);
  EXPECT_EQ(Http("GET", ingress + "/no/such/route").status, 404);
  EXPECT_EQ(Http("DELETE", Url("stripe")).status, 405);
  // 401, or 429 once this address has had its ten refusals of the minute.
  for (const auto& headers : {std::vector<std::string>{"X-Telegram-Bot-Api-Secret-Token: wrong"}, std::vector<std::string>{}}) {
    const auto refused = Http("POST", ingress + "/telegram/" + ReadyTenant<BadInputHttpTests>().code, "{}", headers);
    EXPECT_TRUE(refused.status == 401 || refused.status == 429) << refused.status;
  }
}

TEST(BadWebhook, TelegramUpdatesThatAreStrangeAreTaken) {
  for (const auto& body : {std::string("{"), std::string("{}"), std::string(R"({"update_id":7,"poll":{}})"),
                           std::string(R"({"update_id":8,"message":{"text":"/start nonsense","from":{"id":5},"chat":{"id":5}}})")}) {
    EXPECT_EQ(
        Http("POST", TheStack().at("ingress") + "/telegram/" + ReadyTenant<BadInputHttpTests>().code, body,
             {"Content-Type: application/json", "X-Telegram-Bot-Api-Secret-Token: " + ReadyTenant<BadInputHttpTests>().telegram_secret})
            .status,
        200)
        << body;
  }
}

TEST(Ingress, EveryAnswerCarriesTheSecurityHeaders) {
  const std::string ingress = TheStack().at("ingress");
  const auto health = Http("GET", ingress + "/healthz");
  EXPECT_EQ(health.status, 200);
  EXPECT_NE(health.body.find("ok"), std::string::npos);
  ExpectSecurityHeaders(health);
  ExpectSecurityHeaders(Http("GET", ingress + "/nowhere"));
  ExpectSecurityHeaders(Http("POST", Url("stripe"), "{}"));
  ExpectSecurityHeaders(Http("POST", Url("stripe"), std::string(1024 * 1024 + 1, 'x')));
  const auto jwks = Http("GET", ingress + "/.well-known/jwks.json");
  EXPECT_EQ(jwks.status, 200);
  EXPECT_FALSE(jwks.json().at("keys").empty());
  EXPECT_EQ(jwks.json().at("keys").at(0).at("crv"), "P-256");
  EXPECT_EQ(jwks.headers.count("cache-control"), 1u);
}

TEST(Ingress, WH08_FloodsOfUnverifiedAreRefusedWhileVerifiedPass) {
  const auto intent = Open();
  int limited = 0;
  for (int i = 0; i < 30; ++i) {
    const auto answer = PostStripe("{}", TheStack().BusinessNow(), std::string(64, '0'));
    limited += answer.status == 429 && answer.headers.count("retry-after") == 1 ? 1 : 0;
  }
  EXPECT_GT(limited, 0);
  EXPECT_EQ(PostSignedHmac(HmacEvent("payment.succeeded", intent)).status / 100, 2);
  EXPECT_EQ(Read(intent.id()).status(), billing::v1::PaymentIntent::SUCCEEDED);
}

TEST(Admin, EveryProcessAnswersOnItsAdminPort) {
  for (const auto& [name, url] : TheStack().endpoints().at("admin").items()) {
    const std::string base = url.get<std::string>();
    EXPECT_EQ(Http("GET", base + "/livez").status, 200) << name;
    EXPECT_EQ(Http("GET", base + "/readyz").status, 200) << name;
    EXPECT_NE(Http("GET", base + "/metrics").body.find("# TYPE"), std::string::npos) << name;
    EXPECT_NE(Http("GET", base + "/version").body.find("0.1.0"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace quittance::e2e

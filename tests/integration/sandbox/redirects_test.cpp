// PayPal, Adyen and CinetPay as the sandbox speaks them: their own signatures and their own idempotency.
#include "common/crypto/hmac.h"
#include "tests/integration/sandbox/sandbox_fixture.h"
#include "tests/sandbox/adyen.h"
#include "tests/sandbox/cinetpay.h"
#include "tests/sandbox/paypal_signer.h"

namespace quittance::sandbox {
namespace {

class RedirectsTest : public SandboxTest {
 protected:
  void Account(const std::string& psp, const std::string& key, const std::string& secret) {
    EXPECT_EQ(Control("account", {{"psp", psp}, {"api_key", key}, {"webhook_url", HookUrl()}, {"secrets", {secret}}}).status, 200);
  }
  std::string Token() {
    const Answer answer = Call("POST", "/paypal/v1/oauth2/token", "grant_type=client_credentials",
                               {{"Authorization", "Basic " + crypto::Base64("client:paypal-secret")}});
    EXPECT_EQ(answer.status, 200);
    return answer.body.at("access_token");
  }
  Answer PayPal(const std::string& method, const std::string& path, const std::string& token, const std::string& id = "",
                const std::string& body = "{}") {
    return Call(method, "/paypal" + path, method == "GET" ? "" : body, {{"Authorization", "Bearer " + token}, {"PayPal-Request-Id", id}});
  }
  const std::string order_ =
      R"({"intent":"CAPTURE","purchase_units":[{"custom_id":"pay_1","amount":{"currency_code":"EUR","value":"19.90"}}],"payment_source":{"paypal":{}}})";
};

TEST_F(RedirectsTest, SignaturesAreThePublishedVectors) {
  const Json item = {{"pspReference", "7914073381342284"},
                     {"merchantAccountCode", "TestMerchant"},
                     {"merchantReference", "TestPayment-1407325143704"},
                     {"amount", {{"value", 1130}, {"currency", "EUR"}}},
                     {"eventCode", "AUTHORISATION"},
                     {"success", "true"}};
  EXPECT_EQ(AdyenSignature("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056", item),
            "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=");
  const http::FormFields fields = {{"cpm_error_message", "SUCCES"},
                                   {"cpm_site_id", "445160"},
                                   {"cpm_trans_id", "TX123"},
                                   {"cpm_trans_date", "2024-01-02 03:04:05"},
                                   {"cpm_amount", "1000"},
                                   {"cpm_currency", "XOF"},
                                   {"signature", "abc"},
                                   {"payment_method", "OM"},
                                   {"cel_phone_num", "0102030405"},
                                   {"cpm_phone_prefixe", "225"},
                                   {"cpm_language", "fr"},
                                   {"cpm_version", "V4"},
                                   {"cpm_payment_config", "SINGLE"},
                                   {"cpm_page_action", "PAYMENT"},
                                   {"cpm_custom", "ref-1"},
                                   {"cpm_designation", "Abonnement"}};
  EXPECT_EQ(CinetPayToken("cinet_secret", fields), "395960f5a16d4de7ac3ed2eb4ab7286d74c2888e8024d74451047bb7cf01e628");
  EXPECT_EQ(Crc32Decimal(R"({"id":"evt_test_1","type":"payment_intent.succeeded"})"), "2352898232");
}

TEST_F(RedirectsTest, PayPalTellsTheLatestStateUnderTheSameRequestId) {
  Account("paypal", "paypal-secret", "WEBHOOK1");
  const std::string token = Token();
  EXPECT_EQ(PayPal("POST", "/v2/checkout/orders", "another token", "r1", order_).status, 401);
  const Answer made = PayPal("POST", "/v2/checkout/orders", token, "r1", order_);
  ASSERT_EQ(made.status, 201);
  const std::string id = made.body.at("id");
  EXPECT_EQ(PayPal("POST", "/v2/checkout/orders", token, "r1", order_).body.at("id"), id);
  EXPECT_NE(PayPal("POST", "/v2/checkout/orders", token, "r2", order_).body.at("id"), id);
  const std::string capture = "/v2/checkout/orders/" + id + "/capture";
  EXPECT_EQ(PayPal("POST", capture, token, "c1").body.at("details").at(0).at("issue"), "ORDER_NOT_APPROVED");
  Control("pay", {{"psp", "paypal"}, {"reference", id}, {"outcome", "succeed"}});
  EXPECT_EQ(PayPal("POST", capture, token, "c1").status, 201);
  EXPECT_EQ(PayPal("POST", capture, token, "c1").status, 200);
  EXPECT_EQ(PayPal("POST", capture, token, "c2").body.at("details").at(0).at("issue"), "ORDER_ALREADY_CAPTURED");
  EXPECT_EQ(Items("charges?psp=paypal").size(), 1u);
  // Told again after what it made has moved on.
  EXPECT_EQ(PayPal("POST", "/v2/checkout/orders", token, "r1", order_).body.at("status"), "COMPLETED");
  // A token ends; an order's request id is remembered for six hours.
  clock_.Advance(std::chrono::hours(9));
  EXPECT_EQ(PayPal("GET", "/v2/checkout/orders/" + id, token).status, 401);
  EXPECT_NE(PayPal("POST", "/v2/checkout/orders", Token(), "r1", order_).body.at("id"), id);
}

TEST_F(RedirectsTest, AdyenReplaysAKeyAndRefusesAnotherRequestUnderIt) {
  Account("adyen", "adyen-key", std::string(64, 'A'));
  const std::string body = R"({"merchantAccount":"ShopECOM","reference":"pay_1","amount":{"currency":"EUR","value":1990}})";
  const auto call = [&](const std::string& path, const std::string& text, const std::string& key) {
    return Call("POST", "/adyen" + path, text, {{"X-API-Key", "adyen-key"}, {"Idempotency-Key", key}});
  };
  const Answer made = call("/paymentLinks", body, "k1");
  ASSERT_EQ(made.status, 201);
  EXPECT_EQ(call("/paymentLinks", body, "k1").body, made.body);
  EXPECT_EQ(
      call("/paymentLinks", R"({"merchantAccount":"ShopECOM","reference":"pay_2","amount":{"currency":"EUR","value":1}})", "k1").status,
      422);
  EXPECT_EQ(call("/paymentLinks", body, std::string(65, 'k')).status, 400);
  EXPECT_EQ(Call("POST", "/adyen/paymentLinks", body, {{"X-API-Key", "another"}}).status, 401);
  Control("pay", {{"psp", "adyen"}, {"reference", made.body.at("id")}, {"outcome", "succeed"}});
  const Json notice = Json::parse(Arrived(1).at(0).body).at("notificationItems").at(0).at("NotificationRequestItem");
  const std::string payment = notice.at("pspReference");
  const std::string refund = R"({"merchantAccount":"ShopECOM","reference":"r","amount":{"currency":"EUR","value":1990}})";
  EXPECT_EQ(call("/payments/" + payment + "/refunds", refund, "k2").status, 201);
  EXPECT_EQ(call("/payments/" + payment + "/refunds", refund, "k2").status, 201);
  EXPECT_EQ(call("/payments/" + payment + "/refunds", refund, "k3").status, 422);
  // Money that does not come after all, and a refund that fails later.
  EXPECT_EQ(Control("pay", {{"psp", "adyen"}, {"reference", made.body.at("id")}, {"outcome", "capture_fail"}}).status, 200);
}

TEST_F(RedirectsTest, CinetPayKnowsNothingButTheTransactionId) {
  Account("cinetpay", "apikey", "secret");
  const std::string body =
      R"({"apikey":"apikey","site_id":"445160","transaction_id":"T1","amount":1990,"currency":"XOF","description":"d","notify_url":"https://x.example/"})";
  const Answer made = Call("POST", "/cinetpay/v2/payment", body);
  EXPECT_EQ(made.body.at("code"), "201");
  EXPECT_EQ(Call("POST", "/cinetpay/v2/payment", body).body.at("message"), "TRANSACTION_ID_ALREADY_EXISTS");
  const auto check = [&](const std::string& id) {
    return Call("POST", "/cinetpay/v2/payment/check", R"({"apikey":"apikey","site_id":"445160","transaction_id":")" + id + R"("})").body;
  };
  EXPECT_EQ(check("T2").at("message"), "TRANSACTION_NOT_FOUND");
  EXPECT_EQ(check("T1").at("data").at("status"), "WAITING_FOR_CUSTOMER");
  Control("pay", {{"psp", "cinetpay"}, {"reference", "T1"}, {"outcome", "succeed"}});
  EXPECT_EQ(check("T1").at("data").at("status"), "ACCEPTED");
  const auto webhook = Arrived(1).at(0);
  EXPECT_EQ(webhook.HeaderValue("x-token"), CinetPayToken("secret", *http::FormDecode(webhook.body)));
  EXPECT_EQ(Control("refund", {{"psp", "cinetpay"}, {"reference", "T1"}}).status, 409);
}

}  // namespace
}  // namespace quittance::sandbox

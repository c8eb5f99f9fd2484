// The generic HMAC PSP as the sandbox speaks it.
#include "tests/sandbox/hmac.h"
#include "tests/integration/sandbox/sandbox_fixture.h"

namespace quittance::sandbox {
namespace {

class HmacTest : public SandboxTest {
 protected:
  HmacTest() { Control("account", {{"psp", "hmac"}, {"api_key", "key_1"}, {"webhook_url", HookUrl()}, {"secrets", {"topsecret"}}}); }

  Answer Signed(const std::string& method, const std::string& path, const std::string& body, const std::string& key = "",
                const std::string& secret = "topsecret") {
    const std::int64_t now = UnixSeconds(clock_.Now());
    std::vector<http::Header> headers = {{"X-Timestamp", std::to_string(now)}, {"X-Signature", HmacSignature({secret}, now, body)}};
    if (!key.empty()) headers.push_back({"Idempotency-Key", key});
    return Call(method, "/hmac/" + path, body, std::move(headers));
  }
  Answer Create(const std::string& key) {
    return Signed("POST", "payments", R"({"payment_id":"pay_1","amount_minor":1990,"currency":"EUR","return_url":""})", key);
  }
};

TEST_F(HmacTest, SignatureIsThePublishedVector) {
  EXPECT_EQ(HmacSignature({"topsecret"}, 1'700'000'000, R"({"id":"evt_test_1","type":"payment_intent.succeeded"})"),
            "v1=a725b6c4b287f1e538ca71208582e808b21f93f537f5cf99029fcbd3170978f0");
}

TEST_F(HmacTest, LifeOfAPayment) {
  const Answer made = Create("k1");
  ASSERT_EQ(made.status, 200);
  const std::string reference = made.body.at("reference");
  EXPECT_EQ(made.body.at("status"), "pending");
  EXPECT_EQ(Create("k1").replayed, "true");
  EXPECT_EQ(Control("pay", {{"psp", "hmac"}, {"reference", reference}, {"outcome", "succeed"}}).status, 200);
  const auto webhook = Arrived(1).at(0);
  EXPECT_EQ(webhook.HeaderValue("x-timestamp"), "1700000000");
  EXPECT_EQ(webhook.HeaderValue("x-signature"), HmacSignature({"topsecret"}, 1'700'000'000, webhook.body));
  const Json event = Json::parse(webhook.body);
  EXPECT_EQ(event.at("type"), "payment.succeeded");
  EXPECT_EQ(event.at("payment_id"), "pay_1");
  EXPECT_EQ(event.at("amount_minor"), 1990);
  EXPECT_EQ(event.at("created"), 1'700'000'000);

  EXPECT_EQ(Signed("POST", "payments/" + reference + "/cancel", "{}", "k2").status, 422);
  const Answer refund = Signed("POST", "payments/" + reference + "/refunds", R"({"amount_minor":1990,"refund_id":"ref_1"})", "k3");
  EXPECT_EQ(refund.body.at("status"), "succeeded");
  EXPECT_EQ(Signed("POST", "payments/" + reference + "/refunds", R"({"amount_minor":1})", "k4").status, 422);
  EXPECT_EQ(Json::parse(Arrived(2).at(1).body).at("refund_id"), "ref_1");
  EXPECT_EQ(Signed("GET", "payments?since=1700000000", "").body.at("items").size(), 1U);
  EXPECT_EQ(Signed("GET", "payments?since=1700000001", "").body.at("items").size(), 0U);
  EXPECT_EQ(Signed("GET", "payments/" + reference, "").body.at("refunded_minor"), 1990);
}

TEST_F(HmacTest, NothingIsAnsweredToABadSignature) {
  const std::string body = R"({"payment_id":"pay_1","amount_minor":1,"currency":"EUR"})";
  EXPECT_EQ(Signed("POST", "payments", body, "k", "wrong").status, 401);
  EXPECT_EQ(Call("POST", "/hmac/payments", body, {{"Idempotency-Key", "k"}}).status, 401);
  const std::int64_t old = UnixSeconds(clock_.Now()) - 301;
  EXPECT_EQ(
      Call("POST", "/hmac/payments", body, {{"X-Timestamp", std::to_string(old)}, {"X-Signature", HmacSignature({"topsecret"}, old, body)}})
          .status,
      401);
  EXPECT_EQ(Signed("POST", "payments", body).body.at("code"), "idempotency_key_missing");
  EXPECT_EQ(Signed("POST", "payments", R"({"payment_id":"pay_1","amount_minor":0,"currency":"EUR"})", "k").status, 400);
}

}  // namespace
}  // namespace quittance::sandbox

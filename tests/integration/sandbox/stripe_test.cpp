// Stripe as the sandbox speaks it: signature, idempotency, life of a PaymentIntent, refunds, disputes, errors.
#include "tests/sandbox/stripe.h"
#include "common/crypto/hmac.h"
#include "tests/integration/sandbox/sandbox_fixture.h"

namespace quittance::sandbox {
namespace {

class StripeTest : public SandboxTest {
 protected:
  StripeTest() {
    Control("account", {{"psp", "stripe"}, {"api_key", "sk_test_1"}, {"webhook_url", HookUrl()}, {"secrets", {"whsec_old", "whsec_new"}}});
  }

  Answer Post(const std::string& path, const std::string& form, const std::string& key = "", const std::string& api_key = "sk_test_1") {
    std::vector<http::Header> headers = {{"Authorization", "Bearer " + api_key}, {"Content-Type", "application/x-www-form-urlencoded"}};
    if (!key.empty()) headers.push_back({"Idempotency-Key", key});
    return Call("POST", "/stripe/v1/" + path, form, std::move(headers));
  }
  Answer Get(const std::string& path) { return Call("GET", "/stripe/v1/" + path, "", {{"Authorization", "Bearer sk_test_1"}}); }
  std::string Intent(const std::string& key = "") {
    return Post("payment_intents", "amount=1990&currency=eur&metadata[payment_id]=pay_1", key).body.at("id");
  }
  Answer Pay(const std::string& id, const std::string& outcome) {
    return Control("pay", {{"psp", "stripe"}, {"reference", id}, {"outcome", outcome}});
  }
};

TEST_F(StripeTest, SignatureIsThePublishedVector) {
  EXPECT_EQ(StripeSignature({"whsec_test_secret"}, 1'700'000'000, R"({"id":"evt_test_1","type":"payment_intent.succeeded"})"),
            "t=1700000000,v1=510a6b23c205185db14dd02988bce5939164d8e977341d096cb9c4305b367fb8");
}

TEST_F(StripeTest, PayerPaysAndEveryEventIsSignedWithEverySecret) {
  const std::string id = Intent();
  EXPECT_EQ(Pay(id, "succeed").status, 200);
  EXPECT_EQ(Types(2), (std::vector<std::string>{"payment_intent.created", "payment_intent.succeeded"}));
  for (const auto& webhook : Arrived(2)) {
    const std::string expected = "t=1700000000,v1=" + crypto::Hex(crypto::HmacSha256("whsec_old", "1700000000." + webhook.body)) +
                                 ",v1=" + crypto::Hex(crypto::HmacSha256("whsec_new", "1700000000." + webhook.body));
    EXPECT_EQ(webhook.HeaderValue("stripe-signature"), expected);
    const Json event = Json::parse(webhook.body);
    EXPECT_EQ(event.at("data").at("object").at("metadata").at("payment_id"), "pay_1");
    EXPECT_EQ(event.at("livemode"), false);
    EXPECT_NE(webhook.body, event.dump());  // verification must be on raw bytes
  }
  const Json intent = Get("payment_intents/" + id).body;
  EXPECT_EQ(intent.at("status"), "succeeded");
  EXPECT_EQ(intent.at("amount_received"), 1990);
  const Json charge = Items("charges?psp=stripe").at(0);
  EXPECT_EQ(charge.at("reference"), id);
  EXPECT_EQ(charge.at("payment_id"), "pay_1");
  EXPECT_EQ(charge.at("kind"), "capture");
  EXPECT_EQ(charge.at("amount_minor"), 1990);
  EXPECT_EQ(charge.at("currency"), "EUR");
}

TEST_F(StripeTest, OutcomesMoveTheIntent) {
  const auto status = [&](const std::string& id) { return Get("payment_intents/" + id).body.at("status").get<std::string>(); };
  const std::string id = Intent();
  Pay(id, "require_action");
  EXPECT_EQ(status(id), "requires_action");
  Pay(id, "decline");
  EXPECT_EQ(status(id), "requires_payment_method");
  Pay(id, "process");
  EXPECT_EQ(status(id), "processing");
  Pay(id, "expire");
  EXPECT_EQ(status(id), "canceled");
  EXPECT_EQ(Pay(id, "succeed").status, 409);
  EXPECT_EQ(Pay(id, "late_success").status, 200);
  EXPECT_EQ(status(id), "succeeded");
  EXPECT_EQ(Pay(id, "late_success").status, 409);
  EXPECT_EQ(Types(6),
            (std::vector<std::string>{"payment_intent.canceled", "payment_intent.created", "payment_intent.payment_failed",
                                      "payment_intent.processing", "payment_intent.requires_action", "payment_intent.succeeded"}));
  EXPECT_EQ(Pay("pi_unknown", "succeed").status, 404);
  EXPECT_EQ(Pay(Intent(), "win").status, 400);
}

TEST_F(StripeTest, AKeyHasOneAnswer) {
  const std::string form = "amount=1990&currency=eur";
  const Answer first = Post("payment_intents", form, "pay:1");
  const Answer again = Post("payment_intents", form, "pay:1");
  EXPECT_EQ(first.replayed, "");
  EXPECT_EQ(again.replayed, "true");
  EXPECT_EQ(again.body, first.body);
  const Answer other = Post("payment_intents", "amount=1991&currency=eur", "pay:1");
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(other.body.at("error").at("type"), "idempotency_error");
  EXPECT_EQ(Get("payment_intents").body.at("data").size(), 1U);

  clock_.Advance(std::chrono::hours(25));  // keys may be forgotten after 24 h, and then the PSP acts again
  EXPECT_NE(Post("payment_intents", form, "pay:1").body.at("id"), first.body.at("id"));
}

TEST_F(StripeTest, WhatFailedValidationIsNotRememberedAndADeclineIs) {
  EXPECT_EQ(Post("payment_intents", "amount=1&currency=euro", "k1").status, 400);
  EXPECT_EQ(Post("payment_intents", "amount=1&currency=eur", "k1").status, 200);
  const std::string declined = "amount=1&currency=eur&confirm=true&payment_method=pm_card_visa_chargeDeclined";
  EXPECT_EQ(Post("payment_intents", declined, "k2").status, 402);
  const Answer again = Post("payment_intents", declined, "k2");
  EXPECT_EQ(again.status, 402);
  EXPECT_EQ(again.replayed, "true");
  EXPECT_EQ(again.body.at("error").at("decline_code"), "generic_decline");
}

TEST_F(StripeTest, AKeyThatIsStillRunningConflicts) {
  Control("fault", {{"target", "stripe"}, {"kind", "slow"}, {"count", 1}, {"delay_ms", 400}});
  std::thread first([&] { EXPECT_EQ(Post("payment_intents", "amount=1&currency=eur", "k").status, 200); });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  http::Client other(metrics_);
  http::Request request{.target = "t",
                        .method = "POST",
                        .url = Url("/stripe/v1/payment_intents"),
                        .headers = {{"Authorization", "Bearer sk_test_1"}, {"Idempotency-Key", "k"}},
                        .body = "amount=1&currency=eur"};
  const http::Outcome outcome = async::RunSync(executor_, other.Send(request));
  EXPECT_EQ(std::get<http::Response>(outcome).status, 409);
  EXPECT_EQ(std::get<http::Response>(outcome).HeaderValue("stripe-should-retry"), "true");
  first.join();
}

TEST_F(StripeTest, ErrorsAreStripes) {
  EXPECT_EQ(Call("GET", "/stripe/v1/payment_intents").status, 401);
  EXPECT_EQ(Post("payment_intents", "amount=1&currency=eur", "", "sk_test_other").body.at("error").at("message"),
            "Invalid API Key provided: sk_test_****ther");
  const Answer missing = Get("payment_intents/pi_none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body.at("error").at("code"), "resource_missing");
  EXPECT_EQ(Post("payment_intents", "amount=1&currency=eur&payment_id=x").body.at("error").at("code"), "parameter_unknown");
  EXPECT_EQ(Post("payment_intents", "currency=eur").body.at("error").at("code"), "parameter_missing");
  EXPECT_EQ(Post("payment_intents", "amount=-1&currency=eur").status, 400);
  EXPECT_EQ(Post("payment_intents", "amount=19.9&currency=eur").status, 400);
  const std::string id = Intent();
  Pay(id, "succeed");
  const Answer cancel = Post("payment_intents/" + id + "/cancel", "");
  EXPECT_EQ(cancel.status, 400);
  EXPECT_EQ(cancel.body.at("error").at("code"), "payment_intent_unexpected_state");
  EXPECT_EQ(cancel.body.at("error").at("payment_intent").at("status"), "succeeded");
}

TEST_F(StripeTest, AnAccountSeesOnlyItsOwn) {
  Control("account", {{"psp", "stripe"}, {"api_key", "sk_live_2"}, {"webhook_url", HookUrl()}, {"secrets", {"whsec_2"}}});
  const std::string id = Intent();
  EXPECT_EQ(Call("GET", "/stripe/v1/payment_intents/" + id, "", {{"Authorization", "Bearer sk_live_2"}}).status, 404);
  EXPECT_EQ(Post("payment_intents", "amount=1&currency=eur", "", "sk_live_2").body.at("livemode"), true);
}

TEST_F(StripeTest, SearchFindsByMetadata) {
  const std::string id = Intent();
  Post("payment_intents", "amount=5&currency=eur&metadata[payment_id]=pay_2");
  const Json found =
      Get("payment_intents/search?query=" + http::PercentEncode("metadata['payment_id']:'pay_1' AND currency:'eur'")).body.at("data");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.at(0).at("id"), id);
  const Json newest = Get("payment_intents?limit=1").body;
  EXPECT_EQ(newest.at("has_more"), true);
  EXPECT_EQ(
      Get("payment_intents?limit=1&starting_after=" + newest.at("data").at(0).at("id").get<std::string>()).body.at("data").at(0).at("id"),
      id);
}

TEST_F(StripeTest, RefundsAndDisputesMoveMoney) {
  const std::string id = Intent();
  EXPECT_EQ(Post("refunds", "payment_intent=" + id).status, 400);
  Pay(id, "succeed");
  Arrived(2);
  Forget();
  const Answer part = Post("refunds", "payment_intent=" + id + "&amount=500&metadata[refund_id]=ref_1", "refund:1");
  EXPECT_EQ(part.body.at("status"), "succeeded");
  EXPECT_EQ(part.body.at("metadata").at("refund_id"), "ref_1");
  EXPECT_EQ(Post("refunds", "payment_intent=" + id + "&amount=1491").status, 400);
  EXPECT_EQ(Types(2), (std::vector<std::string>{"charge.refunded", "refund.created"}));
  EXPECT_EQ(Control("refund", {{"psp", "stripe"}, {"reference", part.body.at("id")}, {"outcome", "fail"}}).status, 200);
  EXPECT_EQ(Get("refunds/" + part.body.at("id").get<std::string>()).body.at("status"), "failed");
  EXPECT_EQ(Types(4), (std::vector<std::string>{"charge.refunded", "refund.created", "refund.failed", "refund.updated"}));
  Forget();
  EXPECT_EQ(Control("dispute", {{"psp", "stripe"}, {"reference", id}, {"outcome", "open"}}).status, 200);
  EXPECT_EQ(Control("dispute", {{"psp", "stripe"}, {"reference", id}, {"outcome", "open"}}).status, 409);
  EXPECT_EQ(Control("dispute", {{"psp", "stripe"}, {"reference", id}, {"outcome", "won"}}).status, 200);
  EXPECT_EQ(Types(4), (std::vector<std::string>{"charge.dispute.closed", "charge.dispute.created", "charge.dispute.funds_reinstated",
                                                "charge.dispute.funds_withdrawn"}));
  std::int64_t net = 0;
  for (const Json& charge : Items("charges?psp=stripe"))
    net += (charge.at("kind") == "capture" ? 1 : -1) * charge.at("amount_minor").get<std::int64_t>();
  EXPECT_EQ(net, 1990);
}

}  // namespace
}  // namespace quittance::sandbox

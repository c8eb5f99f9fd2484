// For each PSP: create, pay, webhook, refund, dispute; decline and cancel. What billing says and what money moved must agree.
#include "common/crypto/hmac.h"
#include "tests/integration/psp/world.h"

namespace quittance::billing::test {
namespace {

class PspJourney : public PspTest {};
INSTANTIATE_TEST_SUITE_P(Every, PspJourney, ::testing::ValuesIn(Cases()), CaseName);
class PspMoneyBack : public PspTest {};
INSTANTIATE_TEST_SUITE_P(Where, PspMoneyBack, ::testing::ValuesIn(Cases(&PspCase::refunds)), CaseName);
class PspCancel : public PspTest {};
INSTANTIATE_TEST_SUITE_P(Where, PspCancel, ::testing::ValuesIn(Cases(&PspCase::cancels)), CaseName);

TEST_P(PspJourney, PaidOnce) {
  const auto intent = Created("key-0001");
  EXPECT_FALSE(intent.next_action().redirect_url().empty() && Read(*Create("key-0001"), true).next_action().client_secret().empty());
  Pay(intent, "process");
  Settles(intent.id(), Intent::PENDING);
  Pay(intent, "succeed");
  Settles(intent.id(), Intent::SUCCEEDED, "settled");
  Delivered();
  EXPECT_EQ(Captures(), 1);
  EXPECT_EQ(MoneyAt("capture"), 1990);
}

TEST_P(PspJourney, EveryRequestCarriesOurKeyAndSignature) {
  const auto intent = Created("key-0001");
  const auto signature = Value("SELECT request_signature FROM payment_attempts");
  const auto key = "pay:" + Value("SELECT 'att_' || replace(id::text, '-', '') FROM payment_attempts");
  const auto calls = Items("calls?target=" + provider());
  ASSERT_FALSE(calls.empty());
  for (const auto& call : calls) {
    EXPECT_EQ(call.at("headers").at("x-request-id"), key);
    EXPECT_TRUE(call.at("headers").contains("x-signature"));
  }
  const auto& headers = calls.back().at("headers");
  EXPECT_EQ(signature, headers.at("x-timestamp").get<std::string>() + " " + headers.at("x-signature").get<std::string>());
  // By the account's key over timestamp and body.
  const auto text = headers.at("x-timestamp").get<std::string>() + "." + calls.back().at("body").get<std::string>();
  EXPECT_EQ(headers.at("x-signature"), "v1=" + crypto::Hex(crypto::HmacSha256(GetParam().settings.at("api_key"), text)));
}

TEST_P(PspMoneyBack, PaidThenRefundedInTwoParts) {
  const auto intent = Created("key-0001");
  EXPECT_EQ(intent.status(), Intent::PENDING);
  EXPECT_FALSE(intent.psp_reference().empty());
  Pay(intent, "succeed");
  const auto paid = Settles(intent.id(), Intent::SUCCEEDED, "settled");
  EXPECT_EQ(paid.amount_captured().amount_minor(), 1990);
  Delivered();
  EXPECT_EQ(Captures(), 1);

  ASSERT_TRUE(Refund("key-0002", intent.id(), 500).ok());
  Settles(intent.id(), Intent::SUCCEEDED, "partially_refunded");
  ASSERT_TRUE(Refund("key-0003", intent.id()).ok());
  Settles(intent.id(), Intent::REFUNDED, "full_refund");
  Delivered();
  RunJobs();
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 1990);
  EXPECT_EQ(MoneyAt("refund"), 1990);
  EXPECT_EQ(Count("refunds"), 2);
  EXPECT_EQ(Count("refunds WHERE status = 'SUCCEEDED'"), 2);
  EXPECT_EQ(Count("webhook_deliveries WHERE state = 'parked' OR state = 'quarantined'"), 0);
}

TEST_P(PspMoneyBack, M03_ARefundOfMoreThanIsLeftIsRefused) {
  const auto intent = Created("key-0001");
  Pay(intent, "succeed");
  Settles(intent.id(), Intent::SUCCEEDED);
  ASSERT_TRUE(Refund("key-0002", intent.id(), 1500).ok());
  EXPECT_FALSE(Refund("key-0003", intent.id(), 1500).ok());
  Settles(intent.id(), Intent::SUCCEEDED, "partially_refunded");
  EXPECT_EQ(MoneyAt("refund"), 1500);
}

TEST_P(PspMoneyBack, ADisputeIsWonOrLost) {
  const auto won = Created("key-0001");
  Pay(won, "succeed");
  Settles(won.id(), Intent::SUCCEEDED);
  Control("dispute", {{"psp", provider()}, {"reference", won.psp_reference()}, {"outcome", "open"}});
  // A PSP that takes the money at once leaves none, whatever becomes of it.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (Get(won.id()).detail() == "settled" && std::chrono::steady_clock::now() < until) RunJobs();
  const auto held = Get(won.id());
  EXPECT_TRUE(held.detail() == "disputed" || held.detail() == "dispute_lost") << held.detail();
  clock.Advance(std::chrono::hours(1));
  Control("dispute", {{"psp", provider()}, {"reference", won.psp_reference()}, {"outcome", "won"}});
  Settles(won.id(), Intent::SUCCEEDED, "settled");

  const auto lost = Created("key-0002");
  Pay(lost, "succeed");
  Settles(lost.id(), Intent::SUCCEEDED);
  Control("dispute", {{"psp", provider()}, {"reference", lost.psp_reference()}, {"outcome", "open"}});
  clock.Advance(std::chrono::hours(1));
  Control("dispute", {{"psp", provider()}, {"reference", lost.psp_reference()}, {"outcome", "lost"}});
  Settles(lost.id(), Intent::REFUNDED, "dispute_lost");
  Delivered();
}

TEST_P(PspJourney, ADeclineIsNoMoney) {
  const auto intent = Created("key-0001");
  Pay(intent, "decline");
  Settles(intent.id(), Intent::PENDING, "declined");
  EXPECT_EQ(Captures(), 0);
}

TEST_P(PspCancel, CanceledIsNotPayable) {
  const auto intent = Created("key-0001");
  ASSERT_TRUE(Cancel("key-0002", intent.id()).ok());
  Settles(intent.id(), Intent::FAILED, "canceled");
  EXPECT_EQ(Captures(), 0);
}

TEST_P(PspJourney, W07_AnotherAmountIsNotFulfilled) {
  const auto intent = Created("key-0001");
  Pay(intent, "succeed", 995);
  Settles(intent.id(), Intent::PENDING, "conflicted");
}

TEST_P(PspCancel, M02_MoneyAfterTheEndIsNeverDropped) {
  const auto intent = Created("key-0001");
  ASSERT_TRUE(Cancel("key-0002", intent.id()).ok());
  Settles(intent.id(), Intent::FAILED);
  Pay(intent, "late_success");
  Settles(intent.id(), Intent::SUCCEEDED, "settled");
  EXPECT_EQ(Captures(), 1);
}

TEST_P(PspMoneyBack, RefundsMadeAtThePspAreAdoptedAndMayFailLater) {
  const auto intent = Created("key-0001");
  Pay(intent, "succeed");
  Settles(intent.id(), Intent::SUCCEEDED);
  Control("refund", {{"psp", provider()}, {"reference", intent.psp_reference()}});
  Settles(intent.id(), Intent::REFUNDED, "full_refund");
  EXPECT_EQ(Value("SELECT reason FROM refunds"), "psp");
  clock.Advance(std::chrono::hours(1));
  Control("refund", {{"psp", provider()}, {"reference", Value("SELECT psp_reference FROM refunds")}, {"outcome", "fail"}});
  Settles(intent.id(), Intent::SUCCEEDED, "settled");
  EXPECT_EQ(Value("SELECT status FROM refunds"), "FAILED");
}

}  // namespace
}  // namespace quittance::billing::test

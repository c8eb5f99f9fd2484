// Several connections of a tenant: routing, fallback on a clean refusal only, two accounts of one provider, and the mock.
#include <algorithm>

#include "services/billing/psp/registry.h"
#include "services/billing/usecases/fall_back.h"
#include "tests/integration/psp/world.h"

namespace quittance::billing::test {
namespace {

// Stripe is the PSP of the case; the generic one stands beside it.
class PspConnections : public PspTest {
 protected:
  void SetUp() override {
    PspTest::SetUp();
    Set("psp.hmac.api_key", "hmac-account-key");
    Control("account", {{"psp", "hmac"}, {"api_key", "hmac-account-key"}, {"secrets", {"hmac-secret"}}});
    Route("stripe, hmac");
  }
  void Route(const std::string& rules) {
    Set("psp.routes", rules);
    settings->Forget(tenant);
  }
  Json Calls(const std::string& target) { return Items("calls?target=" + target); }
  // Intents of as many purchases while Stripe fails until the circuit opens.
  std::vector<std::string> Unanswered(int count) {
    Route("stripe");
    Fault("500", psp::kBreakerFailures);
    std::vector<std::string> opened;
    for (int i = 0; i < count; ++i) {
      auto command = CreateCommand("unanswered-" + std::to_string(i));
      command.purpose = {PurposeKind::kReference, "order-" + std::to_string(i)};
      command.amount = Money{1990, *Currency::Parse("EUR")};
      opened.push_back(Read(*Create(std::move(command))).id());
    }
    return opened;
  }
  Intent Shown(const std::string& key) {
    auto reply = Create(key);
    EXPECT_TRUE(reply.ok());
    return Read(*reply);
  }
};
INSTANTIATE_TEST_SUITE_P(One, PspConnections, ::testing::Values(Cases().front()), CaseName);

TEST_P(PspConnections, TheFirstOfTheRouteIsTaken) {
  EXPECT_EQ(Shown("key-0001").connection(), "stripe");
  EXPECT_EQ(Calls("hmac").size(), 0u);
}

TEST_P(PspConnections, ACleanRefusalGoesOnToTheNext) {
  Set("psp.stripe.api_key", "sk_test_unknown_there");  // 401: nothing was opened
  settings->Forget(tenant);
  const auto intent = Shown("key-0001");
  EXPECT_EQ(intent.connection(), "hmac");
  EXPECT_FALSE(intent.next_action().redirect_url().empty());
  EXPECT_EQ(Count("payment_attempts"), 2);
  EXPECT_EQ(Value("SELECT status FROM payment_attempts WHERE connection = 'stripe'"), "closed");
  EXPECT_EQ(Value("SELECT status FROM payment_attempts WHERE connection = 'hmac'"), "requires_action");
  // The same key is the same answer, and calls nobody again.
  const auto calls = Calls("hmac").size() + Calls("stripe").size();
  EXPECT_EQ(Shown("key-0001").id(), intent.id());
  EXPECT_EQ(Calls("hmac").size() + Calls("stripe").size(), calls);
}

// The first connection refused, the attempt at the second one is committed, and the process died: with and without the janitor coming by
// before the key does.
TEST_P(PspConnections, I05_ACrashAfterTheFallbackNeverAsksTheFirstPspAgain) {
  Set("psp.stripe.api_key", "sk_test_unknown_there");
  settings->Forget(tenant);
  for (const bool janitor : {false, true}) {
    const std::string key = janitor ? "key-0002" : "key-0001";
    const auto intent = Unsent(Call(key), "stripe");
    Run(hot->intents.Submit(intent));
    CreateWork work{
        {tenant, intent.payment}, intent.attempt, store::Lease{1}, *intent.chosen, Money{1990, *Currency::Parse("EUR")}, "", intent.cause};
    work.chosen.fallbacks = {"hmac"};
    auto refusal = Run(work.chosen.psp->Create(
        work.chosen.connection, {CreateKey(work.attempt), work.payment.id, work.attempt, work.amount, work.return_url, clock.Now()}));
    ASSERT_TRUE(MayFallBack(work, refusal));
    ASSERT_TRUE(Run(FallBack(*deps, work, refusal)).work);
    const auto asked = Calls("stripe").size();
    LeaseRunsOut();
    if (janitor) {
      clock.Advance(std::chrono::minutes(2));
      Run(ResolveAttempts(*deps));
    }
    const auto reply = Create(key);
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(Read(*reply).id(), intent.payment.ToString());
    EXPECT_EQ(Read(*reply).connection(), "hmac");
    EXPECT_EQ(Get(intent.payment.ToString()).detail(), "requires_action");
    EXPECT_EQ(Calls("stripe").size(), asked) << janitor;
    EXPECT_EQ(Count("payment_attempts WHERE payment_id = '" + intent.payment.uuid.Hex() + "'"), 2);
    EXPECT_EQ(Create(key)->bytes, reply->bytes);
    ASSERT_TRUE(Cancel("cancel-" + key, intent.payment.ToString()).ok());  // the purchase is free again
  }
  const auto calls = Calls("hmac");
  EXPECT_EQ(
      std::ranges::count_if(
          calls, [](const Json& call) { return call.at("method") == "POST" && call.at("path").get<std::string>().ends_with("/payments"); }),
      2)
      << calls.dump();
}

TEST_P(PspConnections, I06_ADoubtfulAnswerStaysWhereItIs) {
  for (const std::string kind : {"reset", "500", "lost_answer"}) {
    Fault(kind, 1);
    auto command = CreateCommand("key-" + kind);
    command.purpose = {PurposeKind::kReference, "order-" + kind};
    command.amount = Money{1990, *Currency::Parse("EUR")};
    const auto intent = Read(*Create(std::move(command)));
    EXPECT_EQ(intent.connection(), "stripe") << kind;
    EXPECT_EQ(intent.detail(), "unknown") << kind;
    EXPECT_EQ(Calls("hmac").size(), 0u) << kind;
  }
}

// While the circuit is open nobody is asked, and a look that asked nobody is none of the four after which a person must.
TEST_P(PspConnections, I06_AnOpenCircuitAsksNobodyAndSpendsNoLook) {
  constexpr int kAll = psp::kBreakerFailures + 3;
  const auto opened = Unanswered(kAll);
  for (const auto& id : opened) EXPECT_EQ(Get(id).detail(), "unknown");
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(ResolveAttempts(*deps)), kAll);
  // On a machine that took five seconds until here one has tried already.
  const int asked = static_cast<int>(Calls("stripe").size()) - psp::kBreakerFailures;
  EXPECT_LE(asked, 1);
  EXPECT_EQ(Count("payment_attempts WHERE checks = 0"), kAll - asked);
  EXPECT_EQ(Count("psp_calls"), psp::kBreakerFailures + asked);

  std::this_thread::sleep_for(psp::kBreakerPause);  // real time
  clock.Advance(std::chrono::seconds(30));
  Run(ResolveAttempts(*deps));  // one tries for all
  clock.Advance(std::chrono::minutes(1));
  Run(ResolveAttempts(*deps));
  for (const auto& id : opened) EXPECT_EQ(Get(id).detail(), "submitted") << id;
  EXPECT_EQ(Count("payment_attempts WHERE checks = 1"), kAll);
  EXPECT_EQ(Calls("stripe").size(), psp::kBreakerFailures + kAll);
}

// Stripe asks for a minute (Retry-After): the circuit is open as long.
TEST_P(PspConnections, I06_ARefundThatAnOpenCircuitKeptHasNotBeenSent) {
  const auto paid = Shown("key-0001");
  Pay(paid, "succeed");
  Settles(paid.id(), Intent::SUCCEEDED);
  Control("fault", {{"target", "stripe"}, {"kind", "429"}, {"count", 1}, {"retry_after", 60}});
  auto command = CreateCommand("key-0002");
  command.purpose = {PurposeKind::kReference, "order-2"};
  command.amount = Money{1990, *Currency::Parse("EUR")};
  EXPECT_EQ(Read(*Create(std::move(command))).detail(), "unknown");
  const auto before = Calls("stripe").size();
  ASSERT_TRUE(Refund("key-0003", paid.id()).ok());
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(SendRefunds(*deps)), 1);
  EXPECT_EQ(Calls("stripe").size(), before);
  EXPECT_EQ(Count("psp_calls WHERE verb = 'refund'"), 0);
  EXPECT_EQ(Count("refunds WHERE sends = 0 AND send_at IS NOT NULL"), 1);
}

TEST_P(PspConnections, ARouteWithoutAnotherEndsInTheRefusal) {
  Route("stripe");
  Set("psp.stripe.api_key", "sk_test_unknown_there");
  settings->Forget(tenant);
  EXPECT_EQ(Shown("key-0001").detail(), "declined");
  EXPECT_EQ(Count("payment_attempts"), 1);
}

TEST_P(PspConnections, CurrencyAmountAndCountryChoose) {
  Route("stripe: currency=XOF\nhmac: currency=EUR; country=FR; min=1990; max=1990\nmanual");
  auto french = CreateCommand("key-0001");
  french.country = "FR";
  EXPECT_EQ(Read(*Create(std::move(french))).connection(), "hmac");
  auto other = CreateCommand("key-0002");
  other.country = "DE";
  other.purpose = {PurposeKind::kReference, "order-2"};
  other.amount = Money{1990, *Currency::Parse("EUR")};
  EXPECT_EQ(Read(*Create(std::move(other))).connection(), "manual");
  auto named = CreateCommand("key-0003");
  named.purpose = {PurposeKind::kReference, "order-3"};
  named.amount = Money{1990, *Currency::Parse("EUR")};
  named.connection = "stripe";
  EXPECT_EQ(Read(*Create(std::move(named))).connection(), "stripe");
}

TEST_P(PspConnections, WhatIsNotReadyOrDoesNotTakeTheCurrencyIsPassedOver) {
  Set("psp.cinetpay.api_key", "cinetpay-apikey");
  Set("psp.cinetpay.site_id", "445160");
  Set("psp.cinetpay.notify_url", "https://pay.example/webhooks/shop/cinetpay");
  Set("psp.paypal.api_key", "a-secret-without-its-client");
  Route("adyen, paypal, cinetpay, hmac");
  EXPECT_EQ(Shown("key-0001").connection(), "hmac");
  EXPECT_EQ(Calls("cinetpay").size(), 0u);
}

TEST_P(PspConnections, W08_TwoAccountsOfOneProviderKeepTheirSecrets) {
  Set("psp.stripe-two.provider", "stripe");
  Set("psp.stripe-two.api_key", "sk_test_second_account");
  Set("psp.stripe-two.webhook_secrets", "whsec_of_the_second");
  settings->Forget(tenant);
  Control("account", {{"psp", "stripe"},
                      {"api_key", "sk_test_second_account"},
                      {"webhook_url", HookUrl("stripe-two")},
                      {"secrets", {"whsec_of_the_second"}}});
  auto command = CreateCommand("key-0001");
  command.connection = "stripe-two";
  const auto intent = Read(*Create(std::move(command)));
  EXPECT_EQ(intent.connection(), "stripe-two");
  Control("pay", {{"psp", "stripe"}, {"reference", Get(intent.id()).psp_reference()}, {"outcome", "succeed"}});
  Settles(intent.id(), Intent::SUCCEEDED);
  // The second account's events at the first one's address: not its secret.
  Control(
      "account",
      {{"psp", "stripe"}, {"api_key", "sk_test_second_account"}, {"webhook_url", HookUrl("stripe")}, {"secrets", {"whsec_of_the_second"}}});
  Control("refund", {{"psp", "stripe"}, {"reference", Get(intent.id()).psp_reference()}});
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (Count("webhook_rejections") == 0 && std::chrono::steady_clock::now() < until) RunJobs();
  EXPECT_GE(Count("webhook_rejections"), 1);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

TEST_P(PspConnections, SignaturesOfRequestsCanBeTurnedOff) {
  Set("psp.stripe.sign_requests", "off");
  settings->Forget(tenant);
  Shown("key-0001");
  const auto headers = Calls("stripe").back().at("headers");
  EXPECT_TRUE(headers.contains("idempotency-key"));
  EXPECT_FALSE(headers.contains("x-signature"));
  EXPECT_EQ(Value("SELECT request_signature FROM payment_attempts"), "");
}

TEST_P(PspConnections, TheMockNeedsItsSetting) {
  Route("stripe");
  auto command = CreateCommand("key-0001");
  command.connection = "mock";
  EXPECT_FALSE(Create(command).ok());
  Set("psp.mock.provider", "mock");
  Set("psp.mock.outcome", "succeed");
  settings->Forget(tenant);
  auto again = CreateCommand("key-0002");
  again.connection = "mock";
  const auto intent = Read(*Create(std::move(again)));
  EXPECT_EQ(intent.status(), Intent::SUCCEEDED);
  ASSERT_TRUE(Refund("key-0003", intent.id()).ok());
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  EXPECT_EQ(psp::MakeRegistry({}, *http_client(), clock, /*dev=*/false)->Find("mock"), nullptr);
}

}  // namespace
}  // namespace quittance::billing::test

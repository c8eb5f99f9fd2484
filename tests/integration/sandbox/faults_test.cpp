// Faults and the manners of delivery: what has an effect, what has none, how webhooks travel.
#include "tests/integration/sandbox/sandbox_fixture.h"

namespace quittance::sandbox {
namespace {

class FaultsTest : public SandboxTest {
 protected:
  FaultsTest() { Control("account", {{"psp", "stripe"}, {"api_key", "sk_test_1"}, {"webhook_url", HookUrl()}, {"secrets", {"whsec"}}}); }
  Answer Create(const std::string& key, std::chrono::milliseconds timeout = std::chrono::seconds(3)) {
    return Call("POST", "/stripe/v1/payment_intents", "amount=1990&currency=eur",
                {{"Authorization", "Bearer sk_test_1"}, {"Idempotency-Key", key}}, timeout);
  }
  void Fault(Json command) {
    command["target"] = "stripe";
    ASSERT_EQ(Control("fault", command).status, 200);
  }
  std::size_t Intents() {
    return Call("GET", "/stripe/v1/payment_intents", "", {{"Authorization", "Bearer sk_test_1"}}).body.at("data").size();
  }
};

TEST_F(FaultsTest, ALostAnswerHasItsEffectAndTheKeyFindsIt) {
  Fault({{"kind", "lost_answer"}});
  EXPECT_EQ(Create("k").status, 0);
  EXPECT_EQ(Intents(), 1U);
  EXPECT_EQ(Create("k").replayed, "true");
  EXPECT_EQ(Intents(), 1U);
}

TEST_F(FaultsTest, ResetTimeoutAndErrorsHaveNoEffect) {
  Fault({{"kind", "reset"}});
  EXPECT_EQ(Create("k").status, 0);
  Fault({{"kind", "timeout"}});
  EXPECT_EQ(Create("k", std::chrono::milliseconds(300)).status, 0);
  Fault({{"kind", "500"}, {"count", 2}});
  EXPECT_EQ(Create("k").status, 500);
  EXPECT_EQ(Create("k").status, 500);
  Fault({{"kind", "429"}});
  EXPECT_EQ(Create("k").status, 429);
  EXPECT_EQ(Intents(), 0U);
  EXPECT_EQ(Create("k").status, 200);
  EXPECT_EQ(Items("calls?target=stripe").at(0).at("status"), 0);
  EXPECT_EQ(Items("calls?target=stripe").at(2).at("status"), 500);
}

TEST_F(FaultsTest, AStoredErrorIsTheKeysAnswerFromThenOn) {
  Fault({{"kind", "stored_500"}});
  EXPECT_EQ(Create("k").status, 500);
  EXPECT_EQ(Create("k").replayed, "true");
  EXPECT_EQ(Create("other").status, 200);
}

TEST_F(FaultsTest, AFaultMayBeClearedOrAimed) {
  Fault({{"kind", "500"}, {"count", 9}});
  Fault({{"count", 0}});
  EXPECT_EQ(Create("k").status, 200);
  Fault({{"kind", "500"}, {"path", "/refunds"}});
  EXPECT_EQ(Create("k2").status, 200);
  EXPECT_EQ(Control("fault", {{"target", "stripe"}, {"kind", "weather"}}).status, 400);
  EXPECT_EQ(Control("fault", {{"target", "nobody"}, {"kind", "500"}}).status, 400);
}

TEST_F(FaultsTest, WebhooksAreHeldDoubledAndSentAgainUntilTaken) {
  Control("deliver", {{"duplicates", 3}, {"shuffle", true}, {"hold", true}});
  Create("k");
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(Arrived(0).size(), 0U);
  {
    std::scoped_lock lock(mutex_);
    refusals_ = 1;
  }
  Control("deliver", Json::object());
  EXPECT_EQ(Arrived(4).size(), 4U);  // three copies, one of them twice
  for (const auto& webhook : Arrived(4)) EXPECT_EQ(webhook.body, Arrived(4).at(0).body);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  int attempts = 0;
  for (const Json& result : Items("deliveries")) {
    EXPECT_EQ(result.at("done"), true);
    attempts += result.at("attempts").get<int>();
  }
  EXPECT_EQ(attempts, 4);
  Forget();
  Create("k2");
  EXPECT_EQ(Arrived(1).size(), 1U);
}

TEST_F(FaultsTest, NonsenseCommandsAreRefused) {
  EXPECT_EQ(Call("GET", "/control/calls?since=yesterday").status, 400);
  EXPECT_EQ(Items("calls?since=9000000000").size(), 0u);
  EXPECT_EQ(Call("POST", "/control/pay", "[]").status, 400);
  EXPECT_EQ(Call("POST", "/control/pay", "{").status, 400);
  EXPECT_EQ(Control("pay", {{"psp", "gold"}}).status, 400);
  EXPECT_EQ(Control("deliver", {{"duplicates", 0}}).status, 400);
  EXPECT_EQ(Control("account", {{"psp", "stripe"}}).status, 400);
  EXPECT_EQ(Control("telegram", {{"action", "start"}, {"user", "x"}}).status, 400);
}

}  // namespace
}  // namespace quittance::sandbox

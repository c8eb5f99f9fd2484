// What is due without anybody asking: the janitor, expiry, late money.
#include "services/billing/domain/life.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

using Next = FakePsp::Next;

class Jobs : public BillingTest {};

TEST_F(Jobs, I06_TheJanitorResolvesAnUnknownAttemptUnderTheSameKey) {
  hmac->Script({Next::kLostAnswer});
  const auto intent = Created("key-0001");
  EXPECT_EQ(intent.detail(), "unknown");
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 0);
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).detail(), "requires_action");
  EXPECT_EQ(hmac->Keys("create").size(), 1u);
  clock.Advance(std::chrono::hours(2));
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 0);
  // The reply was stored at the first end of the call, and is never rewritten.
  EXPECT_EQ(Read(*Create("key-0001")).detail(), "unknown");
}

TEST_F(Jobs, TheJanitorStopsAfterItsLastPauseAndCallsAPerson) {
  hmac->Script(std::vector<Next>(20, Next::kTimeout));
  const auto intent = Created("key-0002");
  std::vector<int> taken;
  for (const auto pause : {std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::seconds(300), std::chrono::seconds(3600),
                           std::chrono::seconds(36000)}) {
    clock.Advance(pause);
    taken.push_back(Run(ResolveAttempts(*deps)));
  }
  EXPECT_EQ(taken, (std::vector<int>{1, 1, 1, 1, 0}));
  EXPECT_EQ(Get(intent.id()).detail(), "unknown");
  EXPECT_EQ(hmac->Keys("create").size(), 1u);
  EXPECT_EQ(Count("payment_attempts WHERE check_at IS NULL"), 1);
}

TEST_F(Jobs, I17_AnAttemptWhoseProcessDiedIsTakenUp) {
  const auto intent = Unsent(Call("key-0003"), "hmac");
  Run(hot->intents.Submit(intent));
  clock.Advance(std::chrono::seconds(15));
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 0);  // its lease still runs
  LeaseRunsOut();
  EXPECT_EQ(Run(ResolveAttempts(*deps)), 1);
  EXPECT_EQ(Get(intent.payment.ToString()).detail(), "requires_action");
  const auto replayed = Create("key-0003");
  ASSERT_TRUE(replayed.ok());
  EXPECT_TRUE(replayed->replayed);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
}

TEST_F(Jobs, AnUnpaidIntentExpiresAfterThePspWasAsked) {
  const auto intent = Created("key-0004");
  EXPECT_EQ(Run(ExpireIntents(*deps)), 0);
  clock.Advance(std::chrono::hours(1));
  EXPECT_EQ(Run(ExpireIntents(*deps)), 1);
  EXPECT_EQ(Get(intent.id()).status(), Intent::FAILED);
  EXPECT_EQ(Get(intent.id()).detail(), "expired");
  EXPECT_EQ(hmac->Calls("query").size(), 1u);
  EXPECT_EQ(hmac->Calls("cancel").size(), 1u);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentFailed");
  EXPECT_TRUE(Create("key-0005").ok());  // the purchase is free again
}

TEST_F(Jobs, APaymentFoundAtExpirySucceeds) {
  const auto intent = Created("key-0006");
  hmac->Pay(intent.psp_reference(), 1990);
  clock.Advance(std::chrono::hours(1));
  Run(ExpireIntents(*deps));
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(hmac->Calls("cancel").size(), 0u);
}

TEST_F(Jobs, WithoutAnAnswerNothingExpires) {
  const auto intent = Created("key-0007");
  hmac->Script({Next::kTimeout});
  clock.Advance(std::chrono::hours(1));
  Run(ExpireIntents(*deps));
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  LeaseRunsOut();
  clock.Advance(std::chrono::minutes(5));
  Run(ExpireIntents(*deps));
  EXPECT_EQ(Get(intent.id()).status(), Intent::FAILED);
}

TEST_F(Jobs, ADeclinedIntentExpiresAsWell) {
  const auto intent = Created("key-0008");
  Deliver(Event("ev_1", "payment.failed", intent));
  clock.Advance(std::chrono::hours(1));
  Run(ExpireIntents(*deps));
  EXPECT_EQ(Get(intent.id()).status(), Intent::FAILED);
}

TEST_F(Jobs, ThePspsOwnCancelWebhookDoesNotRenameTheExpiry) {
  const auto intent = Created("key-0013");
  hmac->Script({Next::kFine, Next::kTimeout});  // asked, but the cancel is not answered
  clock.Advance(std::chrono::hours(1));
  Run(ExpireIntents(*deps));
  EXPECT_EQ(Get(intent.id()).status(), Intent::PENDING);
  Deliver(Event("ev_c", "payment.failed", intent, R"(,"reason":"canceled")"));
  EXPECT_EQ(Get(intent.id()).status(), Intent::FAILED);
  EXPECT_EQ(Get(intent.id()).detail(), "expired");
  EXPECT_EQ(Count("outbox WHERE type LIKE '%PaymentFailed'"), 1);
}

TEST_F(Jobs, M02_LateSuccessIsApplied) {
  const auto intent = Created("key-0009");
  clock.Advance(std::chrono::hours(1));
  Run(ExpireIntents(*deps));
  ASSERT_EQ(Get(intent.id()).status(), Intent::FAILED);
  Deliver(Event("ev_late", "payment.succeeded", intent));
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Events(intent.id()).back(), "PaymentSucceeded");
  EXPECT_EQ(Count("refunds"), 0);
}

TEST_F(Jobs, M02_LateMoneyOfAReplacedIntentGoesBack) {
  const auto first = Created("key-0010");
  clock.Advance(std::chrono::hours(1));
  Run(ExpireIntents(*deps));
  const auto second = Created("key-0011");
  Deliver(Event("ev_2", "payment.succeeded", second));
  Deliver(Event("ev_1", "payment.succeeded", first));
  EXPECT_EQ(Get(second.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Get(first.id()).status(), Intent::FAILED);
  EXPECT_EQ(Get(first.id()).detail(), "superseded");
  EXPECT_EQ(Count("refunds WHERE reason = 'superseded'"), 1);
  EXPECT_EQ(Run(SendRefunds(*deps)), 1);
  EXPECT_EQ(Get(first.id()).status(), Intent::REFUNDED);
  EXPECT_EQ(Get(first.id()).detail(), "superseded");
}

TEST_F(Jobs, PurgeKeepsFactsAndYoungRows) {
  Paid("key-0012");
  EXPECT_EQ(Run(Purge(*deps)), 0);
  clock.Advance(std::chrono::days(91));
  EXPECT_GT(Run(Purge(*deps)), 0);
  EXPECT_EQ(Count("webhook_deliveries"), 0);
  EXPECT_GT(Count("payment_facts"), 0);
}

// The key is forgotten after 30 days; what it bought is not.
TEST_F(Jobs, I08_AKeyReusedAfterPruningBuysNothingTwice) {
  auto command = CreateCommand("key-0020");
  command.purpose = {PurposeKind::kReference, "order-20"};
  command.amount = Money{1990, *Currency::Parse("EUR")};
  const auto paid = Read(*BillingTest::Create(command));
  EXPECT_EQ(Deliver(Event("ev_20", "payment.succeeded", paid)), 200);
  // Another purchase stays open all the time, since its PSP does not answer.
  hmac->Script(std::vector<Next>(200, Next::kTimeout));
  const auto open = Created("key-0021");
  for (int day = 0; day < 31; ++day) {
    clock.Advance(std::chrono::hours(24));
    LeaseRunsOut();
    Run(ResolveAttempts(*deps));
    Run(ExpireIntents(*deps));
  }
  // Keys age in the database's time, however far the business clock has gone.
  Run(Purge(*deps));
  EXPECT_EQ(Count("idempotency_keys"), 2);
  Value("WITH aged AS (UPDATE idempotency_keys SET created_at = created_at - interval '31 days' RETURNING 1) SELECT count(*) FROM aged");
  EXPECT_GT(Run(Purge(*deps)), 0);
  ASSERT_EQ(Count("idempotency_keys"), 0);
  hot = std::make_unique<HotPaths>(*deps);  // no process remembers a reply for so long
  deps->hot = hot.get();
  const auto again = BillingTest::Create(command);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason, Reason::kAlreadyPaid);
  EXPECT_EQ(again.error().metadata.at("payment_intent_id"), paid.id());
  const auto twin = BillingTest::Create("key-0021");
  ASSERT_FALSE(twin.ok());
  EXPECT_EQ(twin.error().reason, Reason::kOpenPaymentExists);
  EXPECT_EQ(twin.error().metadata.at("payment_intent_id"), open.id());
  EXPECT_EQ(Count("payments"), 2);
}

// A PSP that sends an event again after its row has gone: the fact's own key is for ever.
TEST_F(Jobs, W29_AnEventRepeatedAfterItsDeliveryWasPurgedChangesNothing) {
  const auto intent = Created("key-0022");
  const auto body = Event("ev_22", "payment.succeeded", intent);
  EXPECT_EQ(Deliver(body), 200);
  const auto events = Events(intent.id());
  clock.Advance(kDeliveryRetention + std::chrono::hours(24));
  Run(Purge(*deps));
  ASSERT_EQ(Count("webhook_deliveries"), 0);
  EXPECT_EQ(Deliver(body), 200);
  EXPECT_EQ(Count("webhook_deliveries"), 1);
  EXPECT_EQ(Count("payment_facts WHERE kind = 'captured'"), 1);
  EXPECT_EQ(Get(intent.id()).amount_captured().amount_minor(), 1990);
  EXPECT_EQ(Events(intent.id()), events);
}

}  // namespace
}  // namespace quittance::billing::test

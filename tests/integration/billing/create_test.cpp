// CreatePaymentIntent against PostgreSQL: one key, one effect; one purchase, one open payment.
#include <thread>

#include "services/billing/usecases/resume.h"
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

using Next = FakePsp::Next;

class Create : public BillingTest {};

TEST_F(Create, I01_SameKeySameRequestReplays) {
  const auto first = BillingTest::Create("key-0001");
  const auto again = BillingTest::Create("key-0001");
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->bytes, again->bytes);
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(Count("payments"), 1);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
  const auto intent = Read(*first);
  EXPECT_EQ(intent.detail(), "requires_action");
  EXPECT_EQ(intent.next_action().redirect_url(), "https://psp.example/" + intent.psp_reference());
  EXPECT_EQ(intent.amount().amount_minor(), 1990);
  EXPECT_EQ(intent.metadata().at("order"), "42");
  EXPECT_EQ(Events(intent.id()), (std::vector<std::string>{"PaymentCreated", "PaymentRequiresAction"}));
  EXPECT_EQ(intent.version(), 2);
}

TEST_F(Create, I02_SameKeyOtherRequestIsRefused) {
  Created("key-0002");
  auto command = CreateCommand("key-0002");
  command.once = Call("key-0002", "other");
  const auto refused = BillingTest::Create(command);
  EXPECT_EQ(refused.error().reason, Reason::kIdempotencyKeyReused);
  EXPECT_EQ(Count("payments"), 1);
}

TEST_F(Create, I03_ManyAtOnceAreOnePaymentAndOneCall) {
  hmac->Slow(std::chrono::milliseconds(100));
  constexpr int kCalls = 24;
  std::vector<std::optional<Result<db::Reply>>> replies(kCalls);
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) threads.emplace_back([&, i] { replies[i] = BillingTest::Create("key-0003"); });
  for (auto& thread : threads) thread.join();
  for (const auto& reply : replies) {
    ASSERT_TRUE(reply->ok()) << reply->error().message;
    EXPECT_EQ((*reply)->bytes, (*replies[0])->bytes);
  }
  EXPECT_EQ(Count("payments"), 1);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
  EXPECT_EQ(Count("outbox WHERE type LIKE '%PaymentCreated'"), 1);
}

TEST_F(Create, I04_CallersDeadlineGivesAbortedAndTheKeyTheAnswer) {
  hmac->Slow(std::chrono::milliseconds(600));
  auto command = CreateCommand("key-0004");
  command.once.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  const auto late = BillingTest::Create(command);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, Code::kAborted);
  EXPECT_EQ(late.error().reason, Reason::kRequestInProgress);
  EXPECT_TRUE(late.error().retry_after);
  const auto answer = BillingTest::Create("key-0004");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(Read(*answer).detail(), "requires_action");
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
}

TEST_F(Create, I05_I17_AfterACrashTheSamePspKeyIsUsed) {
  // The process died between its two transactions: payment, attempt and key are there, the lease ran out.
  const auto once = Call("key-0005");
  const auto intent = Unsent(once, "hmac");
  Run(hot->intents.Submit(intent));
  LeaseRunsOut();
  const auto answer = BillingTest::Create("key-0005");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(Read(*answer).id(), intent.payment.ToString());
  EXPECT_EQ(hmac->Keys("create"), std::set<std::string>{"pay:" + intent.attempt.ToString()});
  EXPECT_EQ(Count("payments"), 1);
}

TEST_F(Create, I06_TimeoutIsUnknownAndTheReplyStays) {
  hmac->Script({Next::kTimeout});
  const auto reply = BillingTest::Create("key-0006");
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(Read(*reply).status(), Intent::PENDING);
  EXPECT_EQ(Read(*reply).detail(), "unknown");
  EXPECT_TRUE(Read(*reply).attempts(0).unknown());
  EXPECT_EQ(BillingTest::Create("key-0006")->bytes, reply->bytes);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
  EXPECT_EQ(Confirm("key-0006b", Read(*reply).id()).error().reason, Reason::kAttemptUnresolved);
}

TEST_F(Create, I07_AFreshKeyForAnOpenPurchaseIsRefused) {
  const auto first = Created("key-0007");
  const auto refused = BillingTest::Create("key-0008");
  EXPECT_EQ(refused.error().reason, Reason::kOpenPaymentExists);
  EXPECT_EQ(refused.error().metadata.at("payment_intent_id"), first.id());
  EXPECT_EQ(Count("idempotency_keys"), 1);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
}

TEST_F(Create, I09_AnotherPrincipalsKeyIsAnother) {
  Created("key-0009");
  auto command = CreateCommand("key-0009");
  command.once.principal = "svc_other";
  command.user = other_user;
  EXPECT_TRUE(BillingTest::Create(command).ok());
  EXPECT_EQ(Count("payments"), 2);
}

TEST_F(Create, I14_ARefusedKeyWorksWithACorrectedRequest) {
  auto command = CreateCommand("key-0014");
  command.amount = Money{1, *Currency::Parse("EUR")};
  command.once = Call("key-0014", "wrong");
  EXPECT_EQ(BillingTest::Create(command).error().reason, Reason::kAmountMismatch);
  EXPECT_TRUE(BillingTest::Create("key-0014").ok());
}

TEST_F(Create, I15_ADeclineIsStoredAndReplayed) {
  hmac->Script({Next::kDecline});
  const auto declined = BillingTest::Create("key-0015");
  ASSERT_TRUE(declined.ok());
  EXPECT_EQ(Read(*declined).status(), Intent::PENDING);
  EXPECT_EQ(Read(*declined).detail(), "declined");
  EXPECT_EQ(Read(*declined).attempts(0).decline_code(), "card_declined");
  EXPECT_EQ(BillingTest::Create("key-0015")->bytes, declined->bytes);
}

TEST_F(Create, I22_RunAgainAfterACommitInDoubtAnswersFromWhatIsStored) {
  const auto intent = Unsent(Call("key-0022"), "manual");
  const auto first = Run(hot->intents.Submit(intent));
  const auto again = Run(hot->intents.Submit(intent));
  ASSERT_EQ(first.kind, OpenAnswer::Kind::kReply);
  ASSERT_EQ(again.kind, OpenAnswer::Kind::kReply);
  EXPECT_EQ(first.reply->bytes, again.reply->bytes);
  EXPECT_FALSE(again.reply->replayed);
  EXPECT_EQ(Count("payments"), 1);
  EXPECT_EQ(Count("outbox"), 1);
}

TEST_F(Create, APurePspIsOneCommit) {
  auto command = CreateCommand("key-0030");
  command.connection = "manual";
  const auto reply = BillingTest::Create(command);
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  const auto intent = Read(*reply);
  EXPECT_EQ(intent.detail(), "requires_action");
  EXPECT_EQ(intent.psp(), "manual");
  EXPECT_EQ(intent.next_action().transfer().reference(), intent.psp_reference());
  EXPECT_EQ(intent.next_action().transfer().lines(0), "IBAN FR7600000000000000000000000");
  EXPECT_EQ(intent.version(), 1);
  EXPECT_EQ(Events(intent.id()), std::vector<std::string>{"PaymentCreated"});
  EXPECT_EQ(intent.expire_time().seconds() - intent.create_time().seconds(), 7 * 86400);
}

TEST_F(Create, AClientSecretIsSealedAndNeverInTheOutbox) {
  auto command = CreateCommand("key-0031");
  command.connection = "stripe";
  const auto reply = BillingTest::Create(command);
  ASSERT_TRUE(reply.ok());
  const auto secret = Read(*reply, /*secret=*/true).next_action().client_secret();
  EXPECT_FALSE(secret.empty());
  EXPECT_EQ(reply->bytes.find(secret), std::string::npos);
  EXPECT_EQ(Count("outbox WHERE position('" + secret + "'::bytea IN data) > 0"), 0);
  EXPECT_EQ(Count("idempotency_keys WHERE position('" + secret + "'::bytea IN coalesce(secret_reply, '')) > 0"), 0);
  EXPECT_EQ(Read(*BillingTest::Create("key-0031")).id(), Read(*reply).id());
}

TEST_F(Create, AnUnknownPlanOrUserIsAskedForOnce) {
  auto command = CreateCommand("key-0032");
  command.purpose.value = "late-plan";
  command.user = other_user;
  ASSERT_TRUE(BillingTest::Create(command).ok());
  EXPECT_EQ(plans_asked, 1);
  EXPECT_EQ(users_asked, 1);
  command = CreateCommand("key-0033");
  command.purpose.value = "no-such-plan";
  EXPECT_EQ(BillingTest::Create(command).error().reason, Reason::kOfferNotFound);
  command = CreateCommand("key-0034");
  command.user = UserId{*Uuid::Parse("00000000000070008000000000000099")};
  EXPECT_EQ(BillingTest::Create(command).error().reason, Reason::kUserUnknown);
  EXPECT_EQ(Count("idempotency_keys"), 1);
}

TEST_F(Create, WhatTheSettingsRefuse) {
  auto command = CreateCommand("key-0035");
  command.connection = "paypal";
  EXPECT_EQ(BillingTest::Create(command).error().reason, Reason::kPspNotConfigured);
  command.connection = "";
  command.return_url = "https://evil.example/back";
  EXPECT_EQ(BillingTest::Create(command).error().reason, Reason::kReturnOriginRefused);
  command.return_url = "https://shop.example/back";
  EXPECT_TRUE(BillingTest::Create(command).ok());
}

TEST_F(Create, AReferenceIsPaidOnce) {
  auto command = CreateCommand("key-0036");
  command.purpose = {PurposeKind::kReference, "order-1"};
  command.amount = Money{1990, *Currency::Parse("EUR")};
  const auto intent = Read(*BillingTest::Create(command));
  EXPECT_EQ(Deliver(Event("ev_1", "payment.succeeded", intent)), 200);
  command.once = Call("key-0037");
  const auto refused = BillingTest::Create(command);
  EXPECT_EQ(refused.error().reason, Reason::kAlreadyPaid);
  EXPECT_EQ(refused.error().metadata.at("payment_intent_id"), intent.id());
  EXPECT_EQ(Count("payments"), 1);
}

TEST_F(Create, APlanMayBePaidAgain) {
  Paid("key-0038");
  EXPECT_TRUE(BillingTest::Create("key-0039").ok());
}

TEST_F(Create, S16_ABadNeighbourDoesNotFailTheBatch) {
  constexpr int kCalls = 8;
  std::vector<std::optional<Result<db::Reply>>> replies(kCalls);
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) {
    threads.emplace_back([&, i] {
      auto command = CreateCommand("key-batch-" + std::to_string(i));
      command.purpose = {PurposeKind::kReference, "order-" + std::to_string(i)};
      command.amount = Money{i == 3 ? 2000 : 1990, *Currency::Parse("EUR")};
      if (i == 3) command.purpose = {PurposeKind::kPlan, "weekly"};
      replies[i] = BillingTest::Create(command);
    });
  }
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < kCalls; ++i) EXPECT_EQ(replies[i]->ok(), i != 3) << i;
}

// Another process looked at the key while the first still ran, and comes for the attempt when the answer is there already.
TEST_F(Create, I17_WhoComesForAnAnsweredAttemptCallsNobody) {
  const auto intent = Created("key-0040");
  const auto attempt = *AttemptId::Parse(Value("SELECT 'att_' || replace(id::text, '-', '') FROM payment_attempts"), "id");
  hmac->Pay(intent.psp_reference(), 1990);  // the PSP would say something newer
  const auto reply = Run(ResumeAttempt(*deps, Call("key-0040"), {backend.subject, ""}, attempt));
  ASSERT_TRUE(reply.ok());
  EXPECT_TRUE(reply->replayed);
  EXPECT_EQ(Read(*reply).SerializeAsString(), intent.SerializeAsString());
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
  EXPECT_EQ(Count("payment_attempts WHERE lease_until > now()"), 0);
}

}  // namespace
}  // namespace quittance::billing::test

// Cancel and Confirm: at the PSP first, once, and never past an unknown outcome.
#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

using Next = FakePsp::Next;

class CancelConfirm : public BillingTest {};

TEST_F(CancelConfirm, CancelEndsItAtThePspToo) {
  const auto intent = Created("key-0001");
  const auto reply = Cancel("can-0001", intent.id());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(Read(*reply).status(), Intent::FAILED);
  EXPECT_EQ(Read(*reply).detail(), "canceled");
  EXPECT_EQ(hmac->Calls("cancel").size(), 1u);
  const auto again = Cancel("can-0001", intent.id());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->bytes, reply->bytes);
  EXPECT_EQ(Cancel("can-0002", intent.id()).error().reason, Reason::kStateConflict);
}

TEST_F(CancelConfirm, CancelOfAPaidOneIsRefusedAndTheMoneyCounts) {
  const auto intent = Created("key-0002");
  hmac->Pay(intent.psp_reference(), 1990);
  EXPECT_EQ(Cancel("can-0003", intent.id()).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
}

TEST_F(CancelConfirm, ACancelThatThePspDidNotAnswerIsEndedByTheJob) {
  const auto intent = Created("key-0009");
  hmac->Script({Next::kFine, Next::kTimeout});
  const auto first = Cancel("can-0009", intent.id());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(Read(*first).status(), Intent::PENDING);  // the PSP has not ended it yet
  clock.Advance(std::chrono::minutes(5));
  Run(ExpireIntents(*deps));
  EXPECT_EQ(Get(intent.id()).status(), Intent::FAILED);
  EXPECT_EQ(Get(intent.id()).detail(), "canceled");
}

TEST_F(CancelConfirm, CancelDuringAnUnknownOutcomeIsRefused) {
  hmac->Script({Next::kTimeout});
  const auto intent = Created("key-0003");
  EXPECT_EQ(Cancel("can-0004", intent.id()).error().reason, Reason::kAttemptUnresolved);
  EXPECT_EQ(Count("idempotency_keys WHERE key = 'can-0004'"), 0);
}

TEST_F(CancelConfirm, ConfirmOpensANewAttemptElsewhere) {
  const auto intent = Created("key-0004");
  const auto reply = Confirm("con-0001", intent.id(), "stripe");
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  const auto confirmed = Read(*reply);
  EXPECT_EQ(confirmed.attempts_size(), 2);
  EXPECT_EQ(confirmed.psp(), "stripe");
  EXPECT_EQ(confirmed.detail(), "requires_action");
  EXPECT_EQ(hmac->Calls("cancel").size(), 1u);
  EXPECT_EQ(confirmed.attempts(0).status(), v1::PaymentAttempt::STATUS_CLOSED);
  EXPECT_FALSE(Read(*reply, /*secret=*/true).next_action().client_secret().empty());
  EXPECT_TRUE(Confirm("con-0001", intent.id(), "stripe")->replayed);
  EXPECT_EQ(stripe->Calls("create").size(), 1u);
}

TEST_F(CancelConfirm, ConfirmAfterADecline) {
  hmac->Script({Next::kDecline});
  const auto intent = Created("key-0005");
  ASSERT_EQ(intent.detail(), "declined");
  const auto reply = Confirm("con-0002", intent.id());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(Read(*reply).detail(), "requires_action");
  EXPECT_EQ(hmac->Keys("create").size(), 2u);
}

TEST_F(CancelConfirm, ConfirmFindsThatTheOlderAttemptWasPaid) {
  const auto intent = Created("key-0006");
  hmac->Pay(intent.psp_reference(), 1990);
  const auto reply = Confirm("con-0003", intent.id());
  ASSERT_TRUE(reply.ok());
  EXPECT_EQ(Read(*reply).status(), Intent::SUCCEEDED);
  EXPECT_EQ(hmac->Calls("create").size(), 1u);
}

TEST_F(CancelConfirm, ConfirmOfWhatIsOverIsRefused) {
  const auto intent = Paid("key-0007");
  EXPECT_EQ(Confirm("con-0004", intent.id()).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Confirm("con-0005", "pay_0123456789abcdef0123456789abcdef").error().reason, Reason::kNotFound);
}

}  // namespace
}  // namespace quittance::billing::test

// Refunds against PostgreSQL: ours, the PSP's own, and those this house owes.
#include <thread>

#include "tests/integration/billing/world.h"

namespace quittance::billing::test {
namespace {

using Next = FakePsp::Next;

class Refunds : public BillingTest {};

TEST_F(Refunds, FullRefundRefundsThePayment) {
  const auto intent = Paid("key-0001");
  const auto reply = Refund("ref-0001", intent.id());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(ReadRefund(*reply).status(), v1::Refund::SUCCEEDED);
  EXPECT_EQ(ReadRefund(*reply).amount().amount_minor(), 1990);
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  EXPECT_EQ(Get(intent.id()).detail(), "full_refund");
  EXPECT_EQ(hmac->Keys("refund"), std::set<std::string>{"refund:" + ReadRefund(*reply).id()});
  const auto events = Events(intent.id());
  EXPECT_EQ(std::vector<std::string>(events.end() - 3, events.end()),
            (std::vector<std::string>{"RefundOpened", "RefundSucceeded", "PaymentRefunded"}));
}

TEST_F(Refunds, I01_TheSameKeyIsOneRefund) {
  const auto intent = Paid("key-0002");
  const auto first = Refund("ref-0002", intent.id(), 500);
  const auto again = Refund("ref-0002", intent.id(), 500);
  EXPECT_EQ(first->bytes, again->bytes);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 500);
  EXPECT_EQ(Get(intent.id()).detail(), "partially_refunded");
}

TEST_F(Refunds, M03_ConcurrentRefundsNeverExceedTheCapture) {
  const auto intent = Paid("key-0003");
  std::vector<std::thread> threads;
  std::vector<std::optional<Result<db::Reply>>> replies(4);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] { replies[static_cast<std::size_t>(i)] = Refund("ref-000" + std::to_string(3 + i), intent.id(), 1000); });
  for (auto& thread : threads) thread.join();
  int fine = 0;
  for (const auto& reply : replies) {
    fine += reply->ok() ? 1 : 0;
    if (!reply->ok()) {
      EXPECT_EQ(reply->error().reason, Reason::kRefundExceedsCapture);
    }
  }
  EXPECT_EQ(fine, 1);
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 1000);
}

TEST_F(Refunds, M04_WhatCannotBeRefunded) {
  const auto open = Created("key-0004");
  EXPECT_EQ(Refund("ref-0010", open.id()).error().reason, Reason::kStateConflict);
  EXPECT_EQ(Refund("ref-0011", "pay_0123456789abcdef0123456789abcdef").error().reason, Reason::kNotFound);
  EXPECT_EQ(Count("refunds"), 0);
}

TEST_F(Refunds, I06_AnUnknownRefundIsSentAgainUnderItsKey) {
  const auto intent = Paid("key-0005");
  hmac->Script({Next::kLostAnswer});
  const auto reply = Refund("ref-0012", intent.id());
  EXPECT_EQ(ReadRefund(*reply).status(), v1::Refund::PENDING);
  EXPECT_EQ(Run(SendRefunds(*deps)), 0);
  clock.Advance(std::chrono::seconds(5));
  EXPECT_EQ(Run(SendRefunds(*deps)), 1);
  EXPECT_EQ(hmac->Keys("refund").size(), 1u);
  EXPECT_EQ(hmac->Calls("refund").size(), 2u);
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(Run(SendRefunds(*deps)), 0);
}

TEST_F(Refunds, ARefundThatFailsLaterReinstates) {
  const auto intent = Paid("key-0006");
  const auto refund = ReadRefund(*Refund("ref-0013", intent.id()));
  EXPECT_EQ(Get(intent.id()).status(), Intent::REFUNDED);
  Deliver(Event("ev_f", "payment.refunded", intent, R"(,"refund_id":")" + refund.id() + R"(","status":"failed")"));
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Get(intent.id()).detail(), "settled");
  EXPECT_EQ(Events(intent.id()).back(), "PaymentReinstated");
}

TEST_F(Refunds, OurRefundsWebhookIsNotASecondRefund) {
  const auto intent = Paid("key-0007");
  const auto refund = ReadRefund(*Refund("ref-0014", intent.id(), 500));
  // A PSP that names neither ours nor its own: taken for ours, once; a second one of that amount is another.
  Deliver(Event("ev_1", "payment.refunded", intent, "", 500));
  EXPECT_EQ(Count("refunds"), 1);
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 500);
  Deliver(Event("ev_2", "payment.refunded", intent, "", 500));
  EXPECT_EQ(Count("refunds"), 2);
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 1000);
}

TEST_F(Refunds, ARefundAtThePspGetsItsRow) {
  const auto intent = Paid("key-0008");
  Deliver(Event("ev_1", "payment.refunded", intent, R"(,"refund_reference":"hr_9","status":"pending")", 700));
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 0);
  Deliver(Event("ev_2", "payment.refunded", intent, R"(,"refund_reference":"hr_9","status":"succeeded")", 700));
  EXPECT_EQ(Count("refunds WHERE reason = 'psp'"), 1);
  EXPECT_EQ(Get(intent.id()).amount_refunded().amount_minor(), 700);
}

TEST_F(Refunds, SurplusGoesBackByItselfOnce) {
  const auto intent = Created("key-0009");
  Deliver(Event("ev_1", "payment.failed", intent));
  const auto second = Read(*Confirm("con-0001", intent.id()));
  Deliver(Event("ev_2", "payment.succeeded", second));
  auto late = intent;  // the declined one is paid after all
  Deliver(Event("ev_3", "payment.succeeded", late));
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Get(intent.id()).surplus().amount_minor(), 1990);
  EXPECT_EQ(Count("refunds WHERE reason = 'surplus'"), 1);
  EXPECT_EQ(Run(SendRefunds(*deps)), 1);
  EXPECT_EQ(Run(SendRefunds(*deps)), 0);
  EXPECT_EQ(Get(intent.id()).surplus().amount_minor(), 0);
  EXPECT_EQ(Get(intent.id()).status(), Intent::SUCCEEDED);
  EXPECT_EQ(Get(intent.id()).detail(), "settled");
  Deliver(Event("ev_4", "payment.succeeded", late));
  EXPECT_EQ(Count("refunds"), 1);
}

TEST_F(Refunds, ManualTransfersGiveNothingBackByThemselves) {
  auto command = CreateCommand("key-0010");
  command.connection = "manual";
  const auto intent = Read(*Create(command));
  EXPECT_EQ(Refund("ref-0015", intent.id()).error().reason, Reason::kStateConflict);
}

}  // namespace
}  // namespace quittance::billing::test

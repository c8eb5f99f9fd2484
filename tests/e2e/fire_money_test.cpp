// Money that comes late, twice or at the wrong moment: it is granted once or goes back once, and the books of both sides agree.
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

class MoneyTests;  // names this file's tenant

// What we say we hold and what the PSP says we hold.
void ExpectBooksAgree(World& world, const std::string& payment) {
  const auto ours = world.Read(payment);
  const auto theirs = world.AllBooks(ours.psp())[payment];
  EXPECT_EQ(ours.amount_captured().amount_minor() - ours.amount_refunded().amount_minor(), theirs.net) << ours.ShortDebugString();
}

TEST(Money, M02_LateSuccessAfterExpiryIsGranted) {
  auto& world = Ready<MoneyTests>();
  const auto user = world.NewUser();
  const auto payment = world.Open(user);
  world.stack.AdvanceClock(std::chrono::hours(25));
  EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::FAILED));
  EXPECT_EQ(world.Read(payment.id()).detail(), "expired");
  world.Pay(payment, "late_success");
  world.ExpectPaidOnce(user, payment.id());
}

TEST(Money, M02_LateMoneyOfAReplacedIntentGoesBackOnce) {
  auto& world = Ready<MoneyTests>();
  const auto user = world.NewUser();
  const auto late = world.Open(user);
  world.stack.AdvanceClock(std::chrono::hours(25));
  EXPECT_TRUE(world.Becomes(late.id(), PaymentIntent::FAILED));
  const auto second = world.Open(user);
  world.Pay(second);
  world.ExpectPaidOnce(user, second.id());
  world.stack.Control("deliver", {{"duplicates", 3}, {"shuffle", true}});
  world.Pay(late, "late_success");
  EXPECT_TRUE(world.BecomesDetail(late.id(), "superseded"));
  EXPECT_TRUE(world.Becomes(late.id(), PaymentIntent::REFUNDED));
  EXPECT_EQ(world.AllBooks("stripe")[late.id()].refunds, 1);
  EXPECT_EQ(world.AllBooks("stripe")[late.id()].net, 0);
  ExpectBooksAgree(world, late.id());
  world.ExpectOnePeriod(user, world.Read(second.id()));
}

TEST(Money, W04_TwoCapturesForOnePurchaseGiveTheSurplusBackOnce) {
  auto& world = Ready<MoneyTests>();
  const auto user = world.NewUser();
  const auto first = world.Open(user);
  world.Pay(first, "decline");
  EXPECT_TRUE(world.BecomesDetail(first.id(), "declined"));
  const auto again = world.Confirm(first.id(), "confirm-" + RandomHex(16));
  ASSERT_TRUE(again.ok()) << again.status.error_message() << " " << again.reason;
  ASSERT_NE(again.value.psp_reference(), first.psp_reference());
  world.stack.Control("deliver", {{"duplicates", 3}, {"shuffle", true}});
  // The first is canceled at the PSP, whose network takes the money all the same.
  world.Pay(first, "late_success");
  world.Pay(again.value);
  EXPECT_TRUE(Eventually([&] { return world.AllBooks("stripe")[first.id()].captures == 2; }));
  EXPECT_TRUE(Eventually([&] { return world.Read(first.id()).amount_refunded().amount_minor() == 1990; }))
      << world.Read(first.id()).ShortDebugString();
  const auto paid = world.Read(first.id());
  EXPECT_EQ(paid.status(), PaymentIntent::SUCCEEDED);
  EXPECT_EQ(paid.detail(), "settled");
  EXPECT_EQ(paid.surplus().amount_minor(), 0);
  const auto books = world.AllBooks("stripe")[first.id()];
  EXPECT_EQ(books.refunds, 1);
  EXPECT_EQ(books.net, 1990);
  ExpectBooksAgree(world, first.id());
  world.ExpectOnePeriod(user, paid);
}

// The PSP's webhooks overtake the answer of the call that made the payment, and are doubled; a cancel races the payer.
TEST(Money, W02_WebhooksRaceTheSynchronousPath) {
  auto& world = Ready<MoneyTests>();
  EventTail tail(world.stack.at("kafka"));
  world.stack.Control("deliver", {{"duplicates", 2}});
  const auto token = world.Token();
  std::vector<std::string> users, payments(24);
  for (std::size_t i = 0; i < payments.size(); ++i) users.push_back(world.NewUser());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < payments.size(); ++i) {
    threads.emplace_back([&, i] {
      const auto made = World::CreateAt(world.stack.billing(), token, users[i], "order-" + RandomHex(16), {});
      EXPECT_TRUE(made.ok()) << made.status.error_message();
      payments[i] = made.value.id();
      std::thread payer([&] {
        Http("POST", world.stack.at("sandbox") + "/control/pay",
             Json{{"psp", "stripe"}, {"reference", made.value.psp_reference()}, {"outcome", "succeed"}}.dump());
      });
      billing::v1::CancelPaymentIntentRequest cancel;
      cancel.set_request_id("cancel-" + RandomHex(16));
      cancel.set_payment_intent_id(made.value.id());
      if (i % 2 == 0) Call(world.stack.billing(), &billing::v1::BillingService::Stub::CancelPaymentIntent, token, cancel);
      payer.join();
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < payments.size(); ++i) {
    const bool charged = world.AllBooks("stripe")[payments[i]].captures == 1;
    EXPECT_TRUE(world.Becomes(payments[i], charged ? PaymentIntent::SUCCEEDED : PaymentIntent::FAILED))
        << world.Read(payments[i]).ShortDebugString();
    ExpectBooksAgree(world, payments[i]);
    if (charged) world.ExpectPaidOnce(users[i], payments[i]);
    const char* told = charged ? "PaymentSucceeded" : "PaymentFailed";
    EXPECT_TRUE(Eventually([&] { return tail.Count(told, payments[i]) == 1; })) << payments[i];
    EXPECT_EQ(tail.Count("PaymentCreated", payments[i]), 1);
    EXPECT_LE(tail.Count("PaymentSucceeded", payments[i]), 1);
  }
}

}  // namespace
}  // namespace quittance::e2e

// Creators, the part of the scenario that is billing's: what Adyen takes back later takes the access, and a refund that fails gives it
// back.
#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

class MagicclockTests;  // names this file's tenant

using billing::v1::BillingService;
using billing::v1::Refund;

// Paid at Adyen, with the access that it opens.
PaymentIntent Paid(World& world, const std::string& user) {
  const auto payment = world.Open(user, {.connection = "adyen"});
  world.Pay(payment);
  EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED)) << world.Read(payment.id()).ShortDebugString();
  const auto paid = world.Read(payment.id());
  world.ExpectOnePeriod(user, paid);
  return paid;
}

bool AccessBecomes(World& world, const std::string& user, Subscription::Status status) {
  return Eventually([&] { return world.SubscriptionOf(user).status() == status; });
}

// 4, the capture: money that was taken for granted does not come.
TEST(Magicclock, ACaptureThatFailsTakesTheAccess) {
  auto& world = Ready<MagicclockTests>();
  const auto user = world.NewUser();
  const auto paid = Paid(world, user);
  world.Pay(paid, "capture_fail");
  EXPECT_TRUE(world.BecomesDetail(paid.id(), "capture_failed")) << world.Read(paid.id()).ShortDebugString();
  EXPECT_EQ(world.Read(paid.id()).status(), PaymentIntent::FAILED);
  EXPECT_EQ(world.AllBooks("adyen")[paid.id()].net, 0);
  EXPECT_TRUE(AccessBecomes(world, user, Subscription::CANCELED)) << world.SubscriptionOf(user).ShortDebugString();
}

// 4, the refund: it fails after all, the access is as before, and a mail corrects what was told.
TEST(Magicclock, ARefundThatFailsLaterRestoresTheAccessAndIsCorrectedByMail) {
  auto& world = Ready<MagicclockTests>();
  auth::v1::CreateUserRequest person;
  person.set_request_id("user-" + RandomHex(16));
  person.set_external_id("customer-" + RandomHex(12));
  person.set_email("nina." + RandomHex(10) + "@client.example");
  person.set_locale("fr");
  const auto made = Call(world.stack.users(), &auth::v1::UserService::Stub::CreateUser, world.Token(), person);
  ASSERT_TRUE(made.ok()) << made.status.error_message();
  const auto user = made.value.id();
  const auto paid = Paid(world, user);

  billing::v1::RefundPaymentRequest request;
  request.set_request_id("refund-" + RandomHex(16));
  request.set_payment_intent_id(paid.id());
  *request.mutable_amount() = paid.amount();
  const auto refund = Call(world.stack.billing(), &BillingService::Stub::RefundPayment, world.Token(), request);
  ASSERT_TRUE(refund.ok()) << refund.status.error_message() << " " << refund.reason;
  billing::v1::GetRefundRequest get;
  get.set_refund_id(refund.value.id());
  const auto see = [&] { return Call(world.stack.billing(), &BillingService::Stub::GetRefund, world.Token(), get).value; };
  ASSERT_TRUE(Eventually([&] { return !see().psp_reference().empty(); }));
  EXPECT_TRUE(world.Becomes(paid.id(), PaymentIntent::REFUNDED)) << world.Read(paid.id()).ShortDebugString();
  EXPECT_TRUE(AccessBecomes(world, user, Subscription::CANCELED));

  world.stack.Control("refund", {{"psp", "adyen"}, {"reference", see().psp_reference()}, {"outcome", "fail"}});
  EXPECT_TRUE(world.Becomes(paid.id(), PaymentIntent::SUCCEEDED)) << world.Read(paid.id()).ShortDebugString();
  EXPECT_EQ(see().status(), Refund::FAILED);
  EXPECT_EQ(world.Read(paid.id()).amount_refunded().amount_minor(), 0);
  EXPECT_TRUE(AccessBecomes(world, user, Subscription::ACTIVE)) << world.SubscriptionOf(user).ShortDebugString();
  const auto subjects = [&] {
    std::set<std::string> all;
    for (const auto& mail : world.stack.Listing("mail?to=" + person.email())) all.insert(mail.at("subject").get<std::string>());
    return all;
  };
  EXPECT_TRUE(Eventually([&] { return subjects().contains("Votre remboursement de 19,90 EUR n'a pas abouti"); }));
}

}  // namespace
}  // namespace quittance::e2e

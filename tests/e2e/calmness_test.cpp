// Paid signals, the parts of the scenario that are billing's: one key is one payment, only good webhooks move it, two persons believe a
// transfer and delete the address it goes to.
#include <thread>

#include "tests/e2e/people.h"

namespace quittance::e2e {
namespace {

class CalmnessTests;  // names this file's tenant

using billing::v1::BillingService;
using common::v1::SettingsService;

int CreatesAt(World& world, const std::string& psp, const std::string& payment) {
  int calls = 0;
  for (const auto& call : world.stack.Listing("calls?target=" + psp)) {
    const std::string body = call.at("body");
    calls += call.at("method") == "POST" && body.find(payment) != std::string::npos ? 1 : 0;
  }
  return calls;
}

double Rejected(World& world) {
  const auto text = Http("GET", world.stack.endpoints().at("admin").at("billing").get<std::string>() + "/metrics").body;
  const std::string name = "quittance_billing_webhooks_total{result=\"rejected\"} ";
  const auto at = text.find(name);
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
}

// 3: three concurrent calls with one key.
TEST(Calmness, I01_I03_OneKeyIsOnePaymentOneCallAndEqualAnswers) {
  auto& world = Ready<CalmnessTests>();
  const auto user = world.NewUser();
  const std::string key = "order-" + RandomHex(16);
  std::vector<Answer<PaymentIntent>> answers(3);
  std::vector<std::thread> threads;
  for (auto& answer : answers) threads.emplace_back([&] { answer = world.Create(user, key, {.connection = "hmac"}); });
  for (auto& thread : threads) thread.join();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status.error_message() << " " << answer.reason;
    EXPECT_EQ(answer.value.SerializeAsString(), answers[0].value.SerializeAsString());
  }
  EXPECT_EQ(CreatesAt(world, "hmac", answers[0].value.id()), 1);
  billing::v1::CreatePaymentIntentRequest other;
  other.set_request_id(key);
  other.set_user_id(user);
  other.set_plan_code("signaux-weekly");
  other.mutable_amount()->set_amount_minor(5990);
  other.mutable_amount()->set_currency_code("EUR");
  const auto refused = Call(world.stack.billing(), &BillingService::Stub::CreatePaymentIntent, world.Token(), other);
  EXPECT_EQ(refused.reason, "IDEMPOTENCY_KEY_REUSED");
}

// 4: three deliveries, shuffled, one tampered with, one ten minutes old.
TEST(Calmness, W01_W09_W11_OnlyGoodWebhooksMoveThePaymentAndOnce) {
  auto& world = Ready<CalmnessTests>();
  const auto user = world.NewUser();
  const auto payment = world.Open(user);
  const double rejected = Rejected(world);
  const auto event = Json{{"id", "evt_" + RandomHex(16)},
                          {"object", "event"},
                          {"type", "payment_intent.succeeded"},
                          {"created", world.stack.BusinessNow()},
                          {"livemode", false},
                          {"data", {{"object", {{"id", payment.psp_reference()}, {"object", "payment_intent"}}}}}}
                         .dump();
  const std::string time = std::to_string(world.stack.BusinessNow());
  const auto tampered = Http(
      "POST", WebhookUrl(world.stack, world.setup, "stripe"), event + " ",
      {"Content-Type: application/json", "Stripe-Signature: t=" + time + ",v1=" + HmacHex(world.setup.stripe_secret, time + "." + event)});
  EXPECT_EQ(tampered.status, 401);
  EXPECT_EQ(PostSignedStripe(world.stack, world.setup, event, -600).status, 401);
  EXPECT_EQ(world.Read(payment.id()).status(), PaymentIntent::PENDING);
  EXPECT_TRUE(Eventually([&] { return Rejected(world) == rejected + 2; }));
  common::v1::ListAuditEntriesRequest audited;
  audited.set_action("RejectWebhook");
  const auto entries = Call(world.stack.audit("billing"), &common::v1::AuditService::Stub::ListAuditEntries,
                            world.stack.Token(world.setup.operator_account), audited);
  ASSERT_TRUE(entries.ok()) << entries.status.error_message();
  EXPECT_EQ(entries.value.audit_entries_size(), 2);

  world.stack.Control("deliver", {{"duplicates", 3}, {"shuffle", true}});
  world.Pay(payment);
  world.ExpectPaidOnce(user, payment.id());
  world.stack.Control("deliver", Json::object());
}

// 10: a bank transfer, confirmed by two persons.
TEST(Calmness, ABankTransferIsBelievedOnTheWordOfTwoPersons) {
  auto& world = Ready<CalmnessTests>();
  const auto user = world.NewUser();
  const auto payment = world.Open(user, {.connection = "manual"});
  ASSERT_TRUE(payment.next_action().has_transfer());
  EXPECT_GE(payment.next_action().transfer().lines_size(), 1);
  const auto confirm = [&](const Account& person) {
    billing::v1::ConfirmManualPaymentRequest request;
    request.set_request_id("confirm-" + RandomHex(16));
    request.set_payment_intent_id(payment.id());
    *request.mutable_amount() = payment.amount();
    return Call(world.stack.transfers(), &billing::v1::ManualPaymentService::Stub::ConfirmManualPayment, world.stack.Token(person),
                request);
  };
  const auto first = confirm(world.setup.operator_account);
  ASSERT_TRUE(first.ok()) << first.status.error_message() << " " << first.reason;
  EXPECT_TRUE(first.value.awaits_second_person());
  EXPECT_EQ(confirm(world.setup.operator_account).status.error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(world.Read(payment.id()).status(), PaymentIntent::PENDING);
  const auto second = confirm(SecondOperator(world));
  ASSERT_TRUE(second.ok()) << second.status.error_message() << " " << second.reason;
  EXPECT_EQ(second.value.status(), PaymentIntent::SUCCEEDED);
  world.ExpectOnePeriod(user, world.Read(payment.id()));
}

// 11, the address: one proposes, the same one cannot approve, a second one can.
TEST(Calmness, TheBankAddressIsDeletedByTwoPersons) {
  auto& world = Ready<CalmnessTests>();
  auto& settings = world.stack.settings("billing");
  const auto first = world.stack.Token(world.setup.operator_account);
  common::v1::PutSettingRequest put;
  put.set_request_id("put-" + RandomHex(16));
  put.set_key("receiving.crypto");
  put.set_value("bitcoin bc1qcalmness");
  ASSERT_TRUE(Call(settings, &SettingsService::Stub::PutSetting, first, put).ok());
  common::v1::DeleteSettingRequest remove;
  remove.set_request_id("delete-" + RandomHex(16));
  remove.set_key("receiving.crypto");
  const auto proposed = Call(settings, &SettingsService::Stub::DeleteSetting, first, remove);
  ASSERT_TRUE(proposed.ok()) << proposed.status.error_message();
  ASSERT_TRUE(proposed.value.has_pending_change());
  EXPECT_TRUE(proposed.value.is_set());
  common::v1::ApproveChangeRequest approve;
  approve.set_request_id("approve-" + RandomHex(16));
  approve.set_pending_change_id(proposed.value.pending_change().id());
  EXPECT_EQ(Call(settings, &SettingsService::Stub::ApproveChange, first, approve).status.error_code(), grpc::PERMISSION_DENIED);
  approve.set_request_id("approve-" + RandomHex(16));
  const auto approved = Call(settings, &SettingsService::Stub::ApproveChange, world.stack.Token(SecondOperator(world)), approve);
  ASSERT_TRUE(approved.ok()) << approved.status.error_message();
  EXPECT_FALSE(approved.value.is_set());
}

}  // namespace
}  // namespace quittance::e2e

// A PSP that is slow, silent, or wrong, and processes that die in the middle of a call to it: the payer can never pay twice, every try
// bears the same key, and in the end the PSP holds one object.
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

class PspTests;  // names this file's tenant

// An open purchase of which nobody knows whether the PSP has it: no other way to pay is opened.
void ExpectNoSecondWay(World& world, const std::string& user, const std::string& payment) {
  const auto other = world.Create(user, "other-" + RandomHex(16));
  EXPECT_EQ(other.reason, "OPEN_PAYMENT_EXISTS");
  EXPECT_EQ(world.Confirm(payment, "confirm-" + RandomHex(16)).reason, "ATTEMPT_UNRESOLVED");
}

TEST(PspTrouble, I03_AHundredEqualCreatesAtOnceAreOne) {
  auto& world = Ready<PspTests>();
  const auto user = world.NewUser();
  const auto token = world.Token();
  const std::string key = "order-" + RandomHex(16);
  std::vector<Answer<PaymentIntent>> answers(100);
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    // On a busy machine a hundred at once may be more than waits for the database.
    threads.emplace_back([&] { answer = Persistently([&] { return World::CreateAt(world.stack.billing(), token, user, key, {}); }); });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> bytes;
  int replays = 0;
  for (const auto& answer : answers) {
    EXPECT_TRUE(answer.ok()) << answer.status.error_message() << " " << answer.reason;
    bytes.insert(answer.value.SerializeAsString());
    replays += answer.replayed ? 1 : 0;
  }
  EXPECT_EQ(bytes.size(), 1U);
  EXPECT_GE(replays, 99);
  const auto payment = answers[0].value;
  EXPECT_EQ(world.ObjectsAtStripe(payment.id()), 1);
  world.Pay(payment);
  world.ExpectPaidOnce(user, payment.id());
}

TEST(PspTrouble, I06_ATimeoutIsPendingUntilTheJanitorAsksUnderTheSameKey) {
  auto& world = Ready<PspTests>();
  const auto user = world.NewUser();
  const std::string key = "order-" + RandomHex(16);
  world.Fault("stripe", "timeout");
  Purchase impatient;
  impatient.deadline = std::chrono::milliseconds(1500);
  const auto first = world.Create(user, key, impatient);
  EXPECT_EQ(first.status.error_code(), grpc::StatusCode::ABORTED) << first.status.error_message();
  EXPECT_TRUE(first.retry_hint);
  // The same key waits for the end of the same call.
  const auto second = world.Create(user, key);
  ASSERT_TRUE(second.ok()) << second.status.error_message() << " " << second.reason;
  EXPECT_EQ(second.value.detail(), "unknown");
  ExpectNoSecondWay(world, user, second.value.id());
  world.stack.AdvanceClock(std::chrono::seconds(6));
  EXPECT_TRUE(world.BecomesDetail(second.value.id(), "submitted")) << world.Read(second.value.id()).ShortDebugString();
  EXPECT_EQ(world.ObjectsAtStripe(second.value.id()), 1);
  // The reply was stored at the first end of the call.
  const auto replay = world.Create(user, key);
  EXPECT_TRUE(replay.replayed);
  EXPECT_EQ(replay.value.SerializeAsString(), second.value.SerializeAsString());
  world.Pay(world.Read(second.value.id()));
  world.ExpectPaidOnce(user, second.value.id());
}

TEST(PspTrouble, I05_AConnectionResetAfterThePspMadeItIsFoundAgain) {
  auto& world = Ready<PspTests>();
  const auto user = world.NewUser();
  world.stack.Control("deliver", {{"hold", true}});
  world.Fault("stripe", "lost_answer");
  const auto payment = world.Open(user);
  EXPECT_EQ(payment.detail(), "unknown");
  EXPECT_EQ(world.ObjectsAtStripe(payment.id()), 1);
  ExpectNoSecondWay(world, user, payment.id());
  world.stack.AdvanceClock(std::chrono::seconds(6));
  EXPECT_TRUE(world.BecomesDetail(payment.id(), "submitted"));
  EXPECT_EQ(world.ObjectsAtStripe(payment.id()), 1);
  EXPECT_FALSE(world.Read(payment.id()).psp_reference().empty());
  world.stack.Control("deliver", Json::object());
  world.Pay(world.Read(payment.id()));
  world.ExpectPaidOnce(user, payment.id());
}

// Stripe answers the key with its own failure from then on, although the object is there: it is found by its metadata.
TEST(PspTrouble, I06_AStored500OfSomethingMadeIsFoundByItsMetadata) {
  auto& world = Ready<PspTests>();
  const auto user = world.NewUser();
  world.stack.Control("deliver", {{"hold", true}});
  world.Fault("stripe", "made_500");
  const auto payment = world.Open(user);
  EXPECT_EQ(payment.detail(), "unknown");
  ExpectNoSecondWay(world, user, payment.id());
  world.stack.AdvanceClock(std::chrono::seconds(6));
  EXPECT_TRUE(world.BecomesDetail(payment.id(), "submitted"));
  EXPECT_EQ(world.ObjectsAtStripe(payment.id()), 1);
  world.stack.Control("deliver", Json::object());
  world.Pay(world.Read(payment.id()));
  world.ExpectPaidOnce(user, payment.id());
}

// Nothing was made and the key is burnt: once Stripe's search must have caught up the attempt is over, and the payer may try another.
TEST(PspTrouble, I06_AStored500OfNothingEndsTheAttemptNotThePayment) {
  auto& world = Ready<PspTests>();
  const auto user = world.NewUser();
  world.Fault("stripe", "stored_500");
  const auto payment = world.Open(user);
  EXPECT_EQ(payment.detail(), "unknown");
  world.stack.AdvanceClock(std::chrono::seconds(6));
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(world.Read(payment.id()).detail(), "unknown");
  ExpectNoSecondWay(world, user, payment.id());
  world.stack.AdvanceClock(std::chrono::seconds(31));
  std::this_thread::sleep_for(std::chrono::seconds(1));
  world.stack.AdvanceClock(std::chrono::minutes(6));
  EXPECT_TRUE(world.BecomesDetail(payment.id(), "declined")) << world.Read(payment.id()).ShortDebugString();
  EXPECT_EQ(world.ObjectsAtStripe(payment.id()), 0);
  const auto again = world.Confirm(payment.id(), "confirm-" + RandomHex(16));
  ASSERT_TRUE(again.ok()) << again.status.error_message();
  EXPECT_EQ(world.ObjectsAtStripe(payment.id()), 1);
  world.Pay(again.value);
  EXPECT_TRUE(world.Becomes(payment.id(), PaymentIntent::SUCCEEDED));
  const auto books = world.AllBooks("stripe")[payment.id()];
  EXPECT_EQ(books.captures, 1);
  EXPECT_EQ(books.create_keys.size(), 2U) << "one for each attempt";
  world.ExpectOnePeriod(user, world.Read(payment.id()));
}

// The payment that Stripe has been asked for since `before`: the call is there, its answer not yet.
std::string AskedFor(World& world, const std::map<std::string, Books>& before) {
  std::string payment;
  EXPECT_TRUE(Eventually([&] {
    for (const auto& [id, books] : world.AllBooks("stripe")) {
      if (before.count(id) == 0) payment = id;
    }
    return !payment.empty();
  }));
  return payment;
}

// Asks with one key until there is an answer, as a backend does.
Answer<PaymentIntent> AskUntilAnswered(World& world, const std::string& user, const std::string& key) {
  Answer<PaymentIntent> answer;
  Eventually([&] {
    answer = world.Create(user, key);
    return answer.ok();
  });
  return answer;
}

TEST(PspTrouble, I05_I17_BillingKilledBetweenThePspsEffectAndItsOwnCommit) {
  auto& world = Ready<PspTests>();
  const auto user = world.NewUser();
  const std::string key = "order-" + RandomHex(16);
  world.stack.Control("deliver", {{"hold", true}});
  world.Fault("stripe", "slow", 1, {{"delay_ms", 1000}});
  const auto before = world.AllBooks("stripe");
  std::thread first([&] { world.Create(user, key, {.deadline = std::chrono::seconds(5)}); });
  const auto payment = AskedFor(world, before);
  for (const auto& replica : world.fixture.Replicas("billing")) world.fixture.Signal(replica, SIGSTOP);
  EXPECT_TRUE(Eventually([&] { return world.ObjectsAtStripe(payment) == 1; }));
  world.fixture.KillAll("billing");
  first.join();
  world.fixture.Restart();
  const auto answer = AskUntilAnswered(world, user, key);
  ASSERT_TRUE(answer.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.value.id(), payment);
  EXPECT_EQ(world.ObjectsAtStripe(payment), 1);
  world.stack.Control("deliver", Json::object());
  EXPECT_TRUE(Eventually([&] { return !world.Read(answer.value.id()).psp_reference().empty(); }));
  world.Pay(world.Read(answer.value.id()));
  world.ExpectPaidOnce(user, answer.value.id());
}

// One replica stops while it calls the PSP; its lease runs out, the other takes the attempt over; then it wakes and hears its answer.
TEST(PspTrouble, I18_ASlowHolderWakesAfterItsAttemptWasTakenOver) {
  auto& world = Ready<PspTests>();
  if (world.fixture.Replicas("billing").size() < 2) GTEST_SKIP() << "needs two replicas";
  const auto user = world.NewUser();
  const std::string key = "order-" + RandomHex(16);
  world.stack.Control("deliver", {{"hold", true}});
  world.Fault("stripe", "slow", 1, {{"delay_ms", 2000}});
  const auto holder = grpc::CreateChannel(world.stack.each("billing").at(0), grpc::InsecureChannelCredentials());
  const auto other = grpc::CreateChannel(world.stack.each("billing").at(1), grpc::InsecureChannelCredentials());
  const auto at_holder = billing::v1::BillingService::NewStub(holder);
  const auto at_other = billing::v1::BillingService::NewStub(other);
  const auto token = world.Token();
  const auto before = world.AllBooks("stripe");
  Answer<PaymentIntent> slow;
  std::thread first([&] { slow = World::CreateAt(*at_holder, token, user, key, {.deadline = std::chrono::seconds(60)}); });
  AskedFor(world, before);
  world.fixture.Signal("billing", SIGSTOP);
  Answer<PaymentIntent> taken;
  EXPECT_TRUE(Eventually([&] { return (taken = World::CreateAt(*at_other, token, user, key, {})).ok(); })) << taken.status.error_message();
  world.fixture.Signal("billing", SIGCONT);
  first.join();
  if (!slow.ok()) {
    // Its own caller had waited long enough by then.
    EXPECT_EQ(slow.status.error_code(), grpc::StatusCode::ABORTED) << slow.status.error_message();
    EXPECT_TRUE(slow.retry_hint);
    slow = World::CreateAt(*at_holder, token, user, key, {});
  }
  ASSERT_TRUE(slow.ok()) << slow.status.error_message();
  EXPECT_EQ(slow.value.SerializeAsString(), taken.value.SerializeAsString());
  EXPECT_EQ(world.ObjectsAtStripe(taken.value.id()), 1);
  world.stack.Control("deliver", Json::object());
  EXPECT_TRUE(Eventually([&] { return !world.Read(taken.value.id()).psp_reference().empty(); }));
  world.Pay(world.Read(taken.value.id()));
  world.ExpectPaidOnce(user, taken.value.id());
}

}  // namespace
}  // namespace quittance::e2e

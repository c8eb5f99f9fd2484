// PostgreSQL and Kafka stop, restart, lose connections or have none to give, under load: clients are told at once and with a hint, nothing
// that was answered is lost, and everything goes on by itself.
#include "tests/e2e/load.h"

namespace quittance::e2e {
namespace {

class OutageTests;  // names this file's tenant

// How fast it is, is a claim of the long run, on a machine of its own.
const std::chrono::seconds kRecovery = LongTests() ? std::chrono::seconds(15) : kPatience;

bool EveryoneIsReady(World& world) {
  for (const auto& [name, url] : world.stack.endpoints().at("admin").items()) {
    if (Http("GET", url.get<std::string>() + "/readyz").status != 200) return false;
  }
  return true;
}

TEST(DatabaseDown, I16_W23_D08_RefusedWithAHintAndNothingIsLost) {
  auto& world = Ready<OutageTests>();
  const auto user = world.NewUser(), late_user = world.NewUser();
  const auto open = world.Open(user, {.connection = "hmac"});
  const auto event = HmacEvent(world.stack, "payment.succeeded", open).dump();
  const auto token = world.Token();
  const std::string key = "order-" + RandomHex(16);
  world.fixture.StopDatabase();
  const auto refused = World::CreateAt(world.stack.billing(), token, late_user, key, {.connection = "hmac"});
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE) << refused.status.error_message();
  const auto hook = PostSignedHmac(world.stack, world.setup, event);
  EXPECT_EQ(hook.status, 503);
  EXPECT_EQ(hook.headers.count("retry-after"), 1U);
  EXPECT_TRUE(Eventually([&] { return !EveryoneIsReady(world); }));
  for (const auto& [name, url] : world.stack.endpoints().at("admin").items()) {
    EXPECT_EQ(Http("GET", url.get<std::string>() + "/livez").status, 200) << name;
    EXPECT_TRUE(world.fixture.Running(name)) << name;
  }
  // Paid while nobody can hear of it: the PSP sends it until somebody does.
  world.Pay(open);
  // However long it lasts, everything is found again soon after.
  if (LongTests()) std::this_thread::sleep_for(std::chrono::seconds(90));
  world.fixture.StartDatabase();
  EXPECT_TRUE(Eventually([&] { return EveryoneIsReady(world); }, kRecovery));
  world.ExpectPaidOnce(user, open.id());
  // The same key, which stored nothing: one payment.
  Answer<PaymentIntent> made;
  EXPECT_TRUE(Eventually([&] { return (made = world.Create(late_user, key, {.connection = "hmac"})).ok(); }, kRecovery)) << made.reason;
  world.Pay(made.value);
  world.ExpectPaidOnce(late_user, made.value.id());
}

TEST(DatabaseUnderLoad, J16_S01_RestartedInTheMiddle) {
  auto& world = Ready<OutageTests>();
  Load load(world, Client::kPersistent);
  EXPECT_TRUE(load.FlowsAgain());
  world.fixture.StopDatabase("immediate");
  world.fixture.StartDatabase();
  EXPECT_TRUE(load.FlowsAgain(kRecovery));
  EXPECT_TRUE(Eventually([&] { return EveryoneIsReady(world); }, kRecovery));
  load.Stop();
  load.ExpectNothingLostOrDoubled();
}

TEST(DatabaseUnderLoad, J17_S01_BackendsKilledFiveASecond) {
  auto& world = Ready<OutageTests>();
  Load load(world, Client::kPersistent);
  EXPECT_TRUE(load.FlowsAgain());
  const int seconds = LongTests() ? 30 : 6;
  for (int i = 0; i < 5 * seconds; ++i) {
    world.fixture.Sql(
        "billing",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('billing_app', 'billing_system', 'auth_app', "
        "'subscriptions_system') ORDER BY random() LIMIT 1");
    std::this_thread::sleep_for(std::chrono::milliseconds(180));
  }
  EXPECT_TRUE(load.FlowsAgain(kRecovery));
  load.Stop();
  load.ExpectNothingLostOrDoubled();
}

// The role may open no connection any more, as when others have taken all: whoever waits is told, and nobody waits for ever.
TEST(DatabaseUnderLoad, J18_NoConnectionToBeHad) {
  auto& world = Ready<OutageTests>();
  const auto user = world.NewUser();
  const auto token = world.Token();
  Load load(world, Client::kPersistent);
  EXPECT_TRUE(load.FlowsAgain());
  world.fixture.Sql("billing", "ALTER ROLE billing_app CONNECTION LIMIT 0");
  world.fixture.Sql("billing", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'billing_app'");
  const auto refused = World::CreateAt(world.stack.billing(), token, user, "order-" + RandomHex(16), {.connection = "hmac"});
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::UNAVAILABLE) << refused.status.error_message();
  std::this_thread::sleep_for(std::chrono::seconds(3));
  world.fixture.Sql("billing", "ALTER ROLE billing_app CONNECTION LIMIT -1");
  EXPECT_TRUE(load.FlowsAgain(kRecovery));
  load.Stop();
  load.ExpectNothingLostOrDoubled();
}

// A lock that somebody else holds keeps every connection busy; what waits is bounded and says so.
TEST(DatabaseUnderLoad, S05_EveryConnectionBusy) {
  auto& world = Ready<OutageTests>();
  const auto token = world.Token();
  const auto user = world.NewUser();
  const auto open = world.Open(user, {.connection = "hmac"});
  const auto event = HmacEvent(world.stack, "payment.succeeded", open).dump();
  std::thread locker(
      [&] { world.fixture.Sql("billing", "BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(15); COMMIT"); });
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  std::mutex mutex;
  std::map<std::string, int> told;
  int hinted = 0;
  const auto tell = [&](const std::string& what, bool with_hint) {
    std::lock_guard lock(mutex);
    ++told[what];
    hinted += with_hint ? 1 : 0;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 120; ++i) {
    threads.emplace_back([&, i] {
      if (i % 4 == 0) {
        const auto hook = PostSignedHmac(world.stack, world.setup, event);
        tell("hook " + std::to_string(hook.status), hook.headers.count("retry-after") == 1);
        EXPECT_TRUE(hook.status == 200 || (hook.status == 503 && hook.headers.count("retry-after") == 1)) << hook.status;
        return;
      }
      const auto made = World::CreateAt(world.stack.billing(), token, user, "order-" + RandomHex(16), {.connection = "hmac"});
      tell("create " + std::to_string(made.status.error_code()) + " " + made.reason, made.retry_hint);
      // Once the first is paid there is room for another.
      EXPECT_TRUE(made.ok() || made.reason == "OPEN_PAYMENT_EXISTS" || made.retry_hint)
          << made.status.error_code() << " " << made.status.error_message();
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& [what, count] : told) std::printf("  %s: %d\n", what.c_str(), count);
  EXPECT_GT(hinted, 0);
  locker.join();
  EXPECT_TRUE(Eventually([&] { return PostSignedHmac(world.stack, world.setup, event).status == 200; }, kRecovery));
  EXPECT_TRUE(world.Becomes(open.id(), PaymentIntent::SUCCEEDED));
}

// Per aggregate in order, without a gap, by the versions that events carry; an event id counts once.
void ExpectOrderedHistories(const EventTail& tail) {
  std::map<std::string, std::int64_t> last;
  for (const auto& event : tail.All()) {
    const auto sequence = std::stoll(event.headers.at("ce_sequence"));
    const auto known = last.find(event.topic + event.key);
    if (known != last.end()) EXPECT_EQ(sequence, known->second + 1) << event.type() << " of " << event.key;
    last[event.topic + event.key] = sequence;
  }
  EXPECT_FALSE(last.empty());
}

TEST(BrokerDown, K07_EventsWaitAndGoOutInOrder) {
  auto& world = Ready<OutageTests>();
  if (!world.fixture.Running("broker") || world.stack.at("kafka").find(':') == std::string::npos) GTEST_SKIP();
  EventTail tail(world.stack.at("kafka"));
  std::vector<std::pair<std::string, PaymentIntent>> bought;
  Load load(world, Client::kPersistent, {.threads = 2});
  EXPECT_TRUE(load.FlowsAgain());
  world.fixture.Kill("broker");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(LongTests() ? 60 : 8);
  while (std::chrono::steady_clock::now() < until) {
    // The API goes on: a user whom auth has just made is not known to billing by any event, so billing asks.
    EXPECT_TRUE(load.FlowsAgain(kRecovery));
  }
  EXPECT_EQ(load.Told(), (std::map<std::string, int>{}));
  world.fixture.Restart();
  load.Stop();
  load.ExpectNothingLostOrDoubled(std::chrono::seconds(90));
  std::this_thread::sleep_for(std::chrono::seconds(1));
  ExpectOrderedHistories(tail);
}

}  // namespace
}  // namespace quittance::e2e

// Mail and Telegram away or in a hurry, a renewal in the last second, a clock that steps back: whoever paid stays, whoever did not goes,
// and nobody hears anything twice.
#include <thread>

#include "tests/e2e/world.h"

namespace quittance::e2e {
namespace {

class ChannelTests;  // names this file's tenant

std::vector<Json> TelegramCalls(World& world) {
  std::vector<Json> calls;
  for (const auto& call : world.stack.Listing("calls?target=telegram")) {
    if (call.at("path").get<std::string>().find(world.setup.bot_token) != std::string::npos) calls.push_back(call);
  }
  return calls;
}

// Seconds of the day, with its fraction, of 2026-11-21T10:00:00.123456Z.
double SecondsOf(const std::string& time) {
  const auto t = time.find('T');
  return std::stod(time.substr(t + 1, 2)) * 3600 + std::stod(time.substr(t + 4, 2)) * 60 + std::stod(time.substr(t + 7));
}

// The whole main job: both networks fail where something has just become due for them.
TEST(Channels, SmtpAndTelegramAwayAndBack) {
  auto& world = Ready<ChannelTests>();
  Expecting observer;
  Journey(world.stack, world.setup, observer, [&](Moment now) {
    if (now == Moment::kPaid) {
      world.Fault("telegram", "500", 2, {{"path", world.setup.bot_token}});
      world.Fault("telegram", "reset", 1, {{"path", world.setup.bot_token}});
      world.Fault("smtp", "reset");
      world.Fault("smtp", "451");
    }
    // One failure for each mail's turn, not all of them for the last.
    if (now == Moment::kReminderDue || now == Moment::kEndReached) world.Fault("smtp", "", 0);
    if (now == Moment::kReminderDue) {
      world.Fault("smtp", "451");
      world.Fault("telegram", "502", 2, {{"path", world.setup.bot_token + "/unbanChatMember"}});
    }
    if (now == Moment::kEndReached) world.Fault("smtp", "reset");
  }).Play();
}

// The bot is told to wait: nobody calls before that time is over, and then what was due is done.
TEST(Channels, Telegram429IsHonoured) {
  auto& world = Ready<ChannelTests>();
  constexpr int kWait = 4;
  Expecting observer;
  const auto calls_before = TelegramCalls(world).size();
  // Set before it can happen, for the calls that only the invitation and only the removal make then.
  const auto hurry = [&](const std::string& method) {
    world.Fault("telegram", "429", 1, {{"retry_after", kWait}, {"path", world.setup.bot_token + "/" + method}});
  };
  hurry("createChatInviteLink");
  Journey(world.stack, world.setup, observer, [&](Moment now) {
    if (now == Moment::kReminderDue) hurry("unbanChatMember");
  }).Play();
  const auto calls = TelegramCalls(world);
  int told = 0;
  for (std::size_t i = calls_before; i + 1 < calls.size(); ++i) {
    if (calls[i].at("status") != 429) continue;
    ++told;
    const double waited = SecondsOf(calls[i + 1].at("at")) - SecondsOf(calls[i].at("at"));
    EXPECT_TRUE(waited < 0 || waited >= kWait) << waited << " s before " << calls[i + 1].at("path");
  }
  std::string all;
  for (const auto& call : calls)
    all += call.at("at").get<std::string>() + " " + call.at("path").get<std::string>() + " " + call.at("status").dump() + "\n";
  EXPECT_EQ(told, 2) << all;
}

// Paid ten seconds before the end, while nobody of subscriptions is there to hear of it; they come back after the end.
TEST(Renewal, M09_PaidBeforeTheEndKeepsTheMemberIn) {
  auto& world = Ready<ChannelTests>();
  Expecting observer;
  Journey journey(world.stack, world.setup, observer);
  journey.MakeUser();
  journey.LinkTelegram();
  journey.OpenPayment();
  journey.PayWithNoise();
  journey.SeePeriod();
  journey.Join();
  const auto end = world.SubscriptionOf(journey.user()).current_period_end().seconds();
  world.stack.AdvanceClock(std::chrono::seconds(end - world.stack.BusinessNow() - 10));
  const auto renewal = world.Open(journey.user(), {.connection = "hmac", .plan = "signaux-monthly"});
  world.fixture.KillAll("subscriptions");
  world.Pay(renewal);
  EXPECT_TRUE(world.Becomes(renewal.id(), PaymentIntent::SUCCEEDED));
  EXPECT_LT(world.Read(renewal.id()).succeed_time().seconds(), end);
  world.stack.AdvanceClock(std::chrono::seconds(end - world.stack.BusinessNow() + 5));
  const auto calls_before = TelegramCalls(world).size();
  world.fixture.Restart();
  EXPECT_TRUE(Eventually([&] { return world.SubscriptionOf(journey.user()).current_period_end().seconds() == end + kMonthSeconds; }))
      << world.SubscriptionOf(journey.user()).ShortDebugString();
  EXPECT_TRUE(Eventually([&] { return world.SubscriptionOf(journey.user()).status() == Subscription::ACTIVE; }));
  // The fence's own pause passes as well.
  world.stack.AdvanceClock(std::chrono::seconds(40));
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(journey.MemberStatus(journey.member()), "member");
  const auto calls = TelegramCalls(world);
  for (std::size_t i = calls_before; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i].at("path").get<std::string>().find("banChatMember"), std::string::npos) << calls[i].dump();
  }
  EXPECT_EQ(world.AllBooks("hmac")[renewal.id()].net, 5990);
}

// The tests that follow need their processes and the sandbox in one time, whatever becomes of this one.
struct ForwardAgain {
  Stack& stack;
  std::chrono::seconds offset;
  ~ForwardAgain() { stack.SetClock(offset); }
};

// Stripe's event about a payment, in our own time: the sandbox goes on with the later one.
std::string PaidAtStripe(World& world, const PaymentIntent& payment) {
  auto object = Http("GET", world.stack.at("sandbox") + "/stripe/v1/payment_intents/" + payment.psp_reference(), "",
                     {"Authorization: Bearer " + world.setup.stripe_api_key})
                    .json();
  object["status"] = "succeeded";
  object["amount_received"] = object.at("amount");
  return Json{{"id", "evt_" + RandomHex(16)},         {"object", "event"}, {"type", "payment_intent.succeeded"},
              {"created", world.stack.BusinessNow()}, {"livemode", false}, {"data", {{"object", object}}}}
      .dump();
}

// Every process starts again with a clock five minutes behind what it has written.
TEST(Clock, M15_AStepBackExpiresNothingTwice) {
  auto& world = Ready<ChannelTests>();
  EventTail tail(world.stack.at("kafka"));
  const auto user = world.NewUser();
  const auto payment = world.Open(user);
  world.Pay(payment);
  world.ExpectPaidOnce(user, payment.id());
  world.stack.AdvanceClock(std::chrono::seconds(world.SubscriptionOf(user).current_period_end().seconds() - world.stack.BusinessNow() + 1));
  EXPECT_TRUE(Eventually([&] { return world.SubscriptionOf(user).status() == Subscription::EXPIRED; }));
  const auto ended = world.SubscriptionOf(user);
  const auto offset = world.stack.ClockOffset();
  const ForwardAgain forward_again{world.stack, offset};
  world.stack.SetClock(offset - std::chrono::minutes(5));
  for (const char* service : {"auth", "billing", "subscriptions", "notifications", "ingress"}) world.fixture.KillAll(service);
  world.fixture.Restart();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(world.SubscriptionOf(user).SerializeAsString(), ended.SerializeAsString());
  // What is bought now counts from now, once.
  const auto second = world.Open(user);
  EXPECT_EQ(PostSignedStripe(world.stack, world.setup, PaidAtStripe(world, second)).status, 200);
  EXPECT_TRUE(world.Becomes(second.id(), PaymentIntent::SUCCEEDED));
  const auto paid = world.Read(second.id());
  Subscription sub;
  EXPECT_TRUE(Eventually([&] { return (sub = world.SubscriptionOf(user)).status() == Subscription::ACTIVE; }));
  const auto from = std::max(paid.succeed_time().seconds(), ended.current_period_end().seconds());
  EXPECT_EQ(sub.current_period_end().seconds(), from + kWeekSeconds);
  world.stack.SetClock(offset);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(world.SubscriptionOf(user).status(), Subscription::ACTIVE);
  EXPECT_EQ(tail.Count("SubscriptionExpired", sub.id()), 1);
}

}  // namespace
}  // namespace quittance::e2e

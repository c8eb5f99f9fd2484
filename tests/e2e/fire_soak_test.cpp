// The main job at a steady rate while one process after the other is killed and started again. Clients use their standard retry: gRPC's on
// UNAVAILABLE, the same key again where a refusal carries RetryInfo; anything else that they see fails the test.
// 200 purchases a second for three minutes with QUITTANCE_LONG_TESTS=1, an open loop; else 20 at most for half a minute, so that a restart
// is not starved by the load on a machine that other tests share.
#include <fstream>

#include "tests/e2e/event_tail.h"
#include "tests/e2e/load.h"

namespace quittance::e2e {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// Of each aggregate the versions 1, 2, 3 … as Kafka has them.
void ExpectInOrder(const std::vector<SeenEvent>& events) {
  std::map<std::string, std::int64_t> last;
  int broken = 0;
  for (const auto& event : events) {
    const auto sequence = std::stoll(event.headers.at("ce_sequence"));
    auto& before = last[event.topic + " " + event.key];
    if (sequence != before + 1 && ++broken <= 10)
      ADD_FAILURE() << event.topic << " " << event.key << ": " << sequence << " after " << before;
    before = sequence;
  }
  EXPECT_EQ(broken, 0);
}

TEST(Soak, D01_D03_OneOfEachKilledInTurnUnderASteadyLoad) {
  static World world;
  world.ClearFaults();
  const int rate = LongTests() ? 200 : 20;
  const seconds length(LongTests() ? 180 : 30);
  const int threads = LongTests() ? 240 : 40;
  std::vector<std::string> victims = {"billing",   "auth-2", "ingress",   "subscriptions-2", "notifications",
                                      "billing-2", "auth",   "ingress-2", "subscriptions",   "notifications-2"};
  if (!LongTests()) victims.resize(5);  // one of each
  EventTail tail(world.stack.at("kafka"));
  Load load(world, Client::kRetryInfo,
            {.threads = threads,
             .interval = std::chrono::microseconds(std::int64_t{1'000'000} * threads / rate),
             .catch_up = LongTests(),
             .regulars = LongTests() ? 9000 : 0});
  const auto begun = steady_clock::now();
  for (std::size_t i = 0; i < victims.size(); ++i) {
    std::this_thread::sleep_until(begun + length * (2 * i + 1) / (2 * victims.size()));
    world.fixture.Kill(victims[i]);
    std::this_thread::sleep_for(seconds(1));
    world.fixture.Restart();
  }
  std::this_thread::sleep_until(begun + length);
  const auto took = std::chrono::duration_cast<seconds>(steady_clock::now() - begun).count();  // a restart may take its time
  const int bought = load.Purchases();
  load.Stop();
  for (const auto& [what, count] : load.Told()) std::printf("  told to come again: %s: %d\n", what.c_str(), count);
  std::printf("  %d purchases in %lld s\n", bought, static_cast<long long>(took));
  // The pace is a claim of the long run, on a machine of its own.
  EXPECT_GE(bought, LongTests() ? rate * took * 95 / 100 : rate);
  load.ExpectNothingLostOrDoubled(LongTests() ? seconds(600) : kPatience);
  std::size_t seen = 0;
  EXPECT_TRUE(Eventually(
      [&] {
        std::this_thread::sleep_for(seconds(3));
        return seen == std::exchange(seen, tail.All().size());
      },
      seconds(120)));
  EXPECT_GE(seen, 3 * static_cast<std::size_t>(bought));
  ExpectInOrder(tail.All());
}

}  // namespace
}  // namespace quittance::e2e

// Leases of the membership worker: a dead worker's row is taken over, a slow one's result is refused, two replicas call once.
#include <thread>

#include "services/subscriptions/store/memberships.h"
#include "services/subscriptions/usecases/drive_memberships.h"
#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

using namespace std::chrono_literals;

struct LeasesTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    NewPlan("signaux-weekly", kWeek);
    user = NewUser();
  }
  std::vector<store::MembershipView> Claim() {
    return world.system.TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      auto due = store::LockDueMemberships(tx, world.clock.Now(), 10);
      std::vector<store::StoredMembership*> leased;
      for (auto& view : due) leased.push_back(&view.stored);
      store::LeaseMemberships(tx, leased);
      return due;
    });
  }
  void LoseLeases() {
    world.database.Admin("UPDATE memberships SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL");
  }

  UserId user;
};

TEST_F(LeasesTest, J02_TheRowOfADeadWorkerIsTakenOver) {
  Pay(user, "signaux-weekly");
  Link(user, "42");
  EXPECT_EQ(Claim().size(), 1u);  // and then it dies
  Settle();
  EXPECT_EQ(StateOf(user), "none");  // under lease
  LoseLeases();
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
  EXPECT_EQ(world.bot.Calls("create_link"), 1);
}

TEST_F(LeasesTest, J03_ASlowWorkersResultIsRefused) {
  Pay(user, "signaux-weekly");
  Link(user, "42");
  world.bot.Before("create_link", [&] {  // while the first worker waits for Telegram, its lease is lost and a second one does the work
    LoseLeases();
    std::thread second([&] { world.Run(DriveMemberships(deps)); });
    second.join();
  });
  world.Run(DriveMemberships(deps));
  Settle();
  EXPECT_EQ(StateOf(user), "invited");
  EXPECT_EQ(Events("MemberInvited"), 1);
  EXPECT_EQ(world.RawText("SELECT invite_link FROM memberships"), "https://t.me/+link1");  // the second worker's
}

TEST_F(LeasesTest, J10_TwoReplicasCallOnce) {
  for (int i = 0; i < 20; ++i) {
    const UserId other = NewUser();
    Pay(other, "signaux-weekly");
    Link(other, std::to_string(100 + i));
  }
  std::vector<std::thread> replicas;
  for (int i = 0; i < 3; ++i) replicas.emplace_back([&] { world.Run(DriveMemberships(deps)); });
  for (auto& replica : replicas) replica.join();
  Settle();
  EXPECT_EQ(world.bot.Calls("create_link"), 20);
  EXPECT_EQ(Events("MemberInvited"), 20);
}

TEST_F(LeasesTest, NewsDuringACallAreNotLost) {
  auto payment = Pay(user, "signaux-weekly");
  Link(user, "42");
  world.bot.Before("create_link", [&] { Become(payment, billing::v1::PaymentIntent::REFUNDED, "full_refund"); });
  world.Run(DriveMemberships(deps));
  Settle();
  EXPECT_EQ(StateOf(user), "none");
  EXPECT_EQ(Events("MemberInvited"), 0);
  EXPECT_TRUE(world.bot.links.empty());  // the link that came too late was revoked
}

}  // namespace
}  // namespace quittance::subscriptions

// Leases: who died is followed, who is late is too late, who is slow keeps what is theirs.
#include <set>
#include <thread>

#include "services/notifications/events.h"
#include "services/notifications/store/notifications.h"
#include "services/notifications/usecases/send_notifications.h"
#include "tests/integration/notifications/fixture.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

class LeaseTest : public NotificationsTest {
 protected:
  void Activate() { Hear(SubscriptionEvent::kActivated, Subscription(NewUser(), clock.Now() + 168h, 1)); }
  std::vector<Notification> Claim(int limit = 10, std::chrono::milliseconds lease = kLease) {
    return system->TransactSync(db::Scope::System(),
                                [&](db::Tx& tx) { return store::ClaimDueNotifications(tx, clock.Now(), limit, lease); });
  }
  bool Complete(const Notification& claimed) {
    const auto after = After(claimed, {Verdict::kTaken, ""}, clock.Now(), 0);
    const auto event = events::Finished(after, ids.Next(), clock.Now());
    return system->TransactSync(db::Scope::System(), [&](db::Tx& tx) { return store::CompleteNotification(tx, after, event); });
  }
  void LeasesRunOut() { Value("UPDATE notifications SET lease_until = now() - interval '1 second' RETURNING 1"); }
};

TEST_F(LeaseTest, J02_TheWorkOfADeadWorkerIsDoneAfterItsLease) {
  Activate();
  ASSERT_EQ(Claim().size(), 1U);  // and then it dies
  EXPECT_EQ(Send(), 0) << "leased";
  clock.Advance(1h);
  EXPECT_EQ(Send(), 0) << "a lease runs on database time, not on business time";
  LeasesRunOut();
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(channel.Sent().size(), 1U);
}

TEST_F(LeaseTest, J03_WhoIsLateCannotCompleteTheOthersClaim) {
  Activate();
  const auto slow = Claim();
  LeasesRunOut();
  const auto quick = Claim();
  ASSERT_EQ(quick.size(), 1U);
  EXPECT_EQ(quick[0].attempt, slow[0].attempt + 1);
  EXPECT_FALSE(Complete(slow[0]));
  EXPECT_EQ(Events("NotificationSent"), 0) << "no event without its row";
  EXPECT_TRUE(Complete(quick[0]));
  EXPECT_FALSE(Complete(quick[0])) << "once";
  EXPECT_EQ(Events("NotificationSent"), 1);
}

TEST_F(LeaseTest, J01_NeverMoreThanTheLimitAndNothingTwice) {
  for (int i = 0; i < 50; ++i) Activate();
  std::set<NotificationId> seen;
  std::mutex mutex;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        const auto claimed = Claim(3);
        EXPECT_LE(claimed.size(), 3U);
        const std::lock_guard lock(mutex);
        for (const Notification& n : claimed) EXPECT_TRUE(seen.insert(n.id).second);
      }
    });
  }
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(seen.size(), 50U);
}

TEST_F(LeaseTest, J10_TwoReplicasSendEachMailOnce) {
  for (int i = 0; i < 60; ++i) Activate();
  std::thread other([this] { SendAll(); });
  SendAll();
  other.join();
  SendAll();
  EXPECT_EQ(channel.Sent().size(), 60U);
  EXPECT_EQ(Events("NotificationSent"), 60);
}

TEST_F(LeaseTest, ASlowProviderKeepsItsLease) {
  Activate();
  channel.slow = 4s;  // longer than a third of the lease
  std::thread sender([this] { Send(); });
  std::this_thread::sleep_for(3'800ms);
  EXPECT_GT(Count("SELECT extract(epoch FROM lease_until - now())::bigint FROM notifications"), 7) << "renewed after 3.3 s";
  sender.join();
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
}

}  // namespace
}  // namespace quittance::notifications

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
    return system->TransactSync(db::Scope::System(), [&](db::Tx& tx) {
      tx.Exec("SELECT pg_stat_force_next_flush()");
      return store::ClaimDueNotifications(tx, clock.Now(), limit, lease);
    });
  }
  bool Complete(const Notification& claimed) {
    const auto after = After(claimed, {Verdict::kTaken, ""}, clock.Now(), 0);
    const auto event = events::Finished(after, ids.Next(), clock.Now());
    return system->TransactSync(db::Scope::System(), [&](db::Tx& tx) { return store::CompleteNotification(tx, {after, event}); });
  }
  // A thousand rows come, are claimed and go, `rounds` times, with a vacuum each fourth; blocks that the last thousand's claims read.
  std::int64_t Churn(int rounds) {
    std::int64_t before = 0;
    for (int round = 1; round <= rounds; ++round) {
      Value(
          "INSERT INTO notifications (tenant_id, notification_id, user_id, channel, template, subject, dedupe_key, params, next_attempt_at,"
          " traceparent, created_at) SELECT '" +
          tenant.uuid.Hex() +
          "', gen_random_uuid(), gen_random_uuid(), 'email', 'subscription_activated', 's', 'k' || gen_random_uuid(), '{}', to_timestamp(" +
          std::to_string(UnixSeconds(clock.Now())) + "), '', now() FROM generate_series(1, 1000)");
      before = Blocks();
      for (int i = 0; i < 10; ++i) EXPECT_EQ(Claim(100).size(), 100U);
      if (round == rounds) break;
      Done();
      clock.Advance(1s);
      if (round % 4 == 0) Value("VACUUM notifications");
    }
    const auto blocks = Blocks() - before;
    Done();
    Value("VACUUM notifications");
    return blocks;
  }
  void Done() {
    Value("UPDATE notifications SET state = 'sent', lease_until = NULL, sent_at = now()");
    Value("DELETE FROM notifications");
  }
  std::int64_t Blocks() {
    return Count(
        "SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read) FROM pg_statio_user_tables WHERE relname = "
        "'notifications'");
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

TEST_F(LeaseTest, J13_OnlyTheRowThatRaisedIsTriedAgain) {
  for (int i = 0; i < 20; ++i) Activate();
  channel.ThrowNext();
  EXPECT_THROW(SendAll(), Fault) << "the job says so";
  SendAll();
  EXPECT_EQ(channel.Sent().size(), 19U) << "perhaps it went out: nobody touches it before its lease is over";
  LeasesRunOut();
  SendAll();
  std::set<std::string> told;
  for (const Message& message : channel.Sent()) EXPECT_TRUE(told.insert(message.id.ToString()).second);
  EXPECT_EQ(told.size(), 20U);
  EXPECT_EQ(Events("NotificationSent"), 20);
}

// Counted in blocks, since time says nothing on a busy machine. Autovacuum would come more often than this.
TEST_F(LeaseTest, J15_AClaimReadsAsLittleAfterLongChurnAsAtFirst) {
  const auto at_first = Churn(4);
  const auto at_last = Churn(46);
  EXPECT_GT(at_first, 0);
  EXPECT_LT(at_last, 4 * at_first) << at_first << "; what grew with the churn would be ten times as much";
}

TEST_F(LeaseTest, ASlowProviderKeepsItsLease) {
  Activate();
  channel.slow = 3s;  // five times the lease
  std::thread sender([this] { async::RunSync(executor, SendNotifications(*deps, 600ms)); });
  std::set<std::string> leases;
  do {
    leases.insert(Value("SELECT coalesce(lease_until::text, '') FROM notifications"));
    std::this_thread::sleep_for(20ms);
  } while (StateOf("subscription_activated") == "pending");
  leases.erase("");
  EXPECT_GT(leases.size(), 2U) << "renewed while the provider took its time";
  sender.join();
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
}

// The other replica, while auth keeps this one waiting: until its lease is over, and then longer.
TEST_F(LeaseTest, J03_WhatTheOtherTookWhileAuthWasSlowIsItsAlone) {
  for (int i = 0; i < 20; ++i) Activate();
  bool first = true;
  Deps slow = *deps;
  slow.contacts = [&](TenantId tenant_id, std::vector<UserId> users) -> Task<Result<std::vector<Contact>>> {
    if (std::exchange(first, false)) {
      co_await async::Sleep(350ms);
      EXPECT_EQ(co_await SendNotifications(*deps), 20);
    }
    auto found = co_await deps->contacts(tenant_id, std::move(users));
    co_return found;
  };
  async::RunSync(executor, SendNotifications(slow, 300ms));
  EXPECT_EQ(channel.Sent().size(), 20U);
  EXPECT_EQ(Events("NotificationSent"), 20);
}

TEST_F(LeaseTest, WhatNobodyTookWhileAuthWasSlowIsSentAllTheSame) {
  for (int i = 0; i < 20; ++i) Activate();
  Deps slow = *deps;
  slow.contacts = [&](TenantId tenant_id, std::vector<UserId> users) -> Task<Result<std::vector<Contact>>> {
    co_await async::Sleep(350ms);
    auto found = co_await deps->contacts(tenant_id, std::move(users));
    co_return found;
  };
  EXPECT_GT(async::RunSync(executor, SendNotifications(slow, 300ms)), 0) << "else no run ever would";
  SendAll();
  EXPECT_EQ(channel.Sent().size(), 20U);
  EXPECT_EQ(Events("NotificationSent"), 20);
}

// A disk that stalls: the claim is committed when its lease is over, so that both replicas hear of the same row.
TEST_F(LeaseTest, J03_ALeaseThatRanOutBeforeItsCommitSendsNothing) {
  Admin(
      "CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER stall AFTER UPDATE ON notifications DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
      " WHEN (OLD.attempt = 0 AND NEW.attempt = 1) EXECUTE FUNCTION stall()");
  Activate();
  channel.slow = 100ms;  // both are at it at once
  std::thread stalled([this] { async::RunSync(executor, SendNotifications(*deps, 300ms)); });
  while (StateOf("subscription_activated") != "sent") {
    Send();
    std::this_thread::sleep_for(1ms);
  }
  stalled.join();
  Admin("DROP TRIGGER stall ON notifications; DROP FUNCTION stall()");
  EXPECT_EQ(channel.Sent().size(), 1U);
  EXPECT_EQ(Events("NotificationSent"), 1);
}

}  // namespace
}  // namespace quittance::notifications

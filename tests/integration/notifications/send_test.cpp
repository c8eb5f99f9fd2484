// What becomes of a row: sent, refused, tried again, waiting, pointless, only logged.
#include <set>

#include "quittance/auth/v1/auth_events.pb.h"
#include "services/notifications/channels/email.h"
#include "services/notifications/channels/log_only.h"
#include "tests/integration/notifications/fixture.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

class SendTest : public NotificationsTest {
 protected:
  UserId Activate() {
    const UserId user = NewUser();
    Hear(SubscriptionEvent::kActivated, Subscription(user, clock.Now() + 168h, 1));
    return user;
  }
  void Use(Channel& other) {
    deps.reset(new Deps{*app, *system, clock, ids, executor, *settings, token_keyring, other, auth.Book(),
                        [](TenantId) { return "Signaux"; }, nullptr});
  }
  std::string LastError() { return Value("SELECT last_error FROM notifications"); }
  int Tries() { return static_cast<int>(Count("SELECT tries FROM notifications")); }
};

TEST_F(SendTest, SentOnceWithItsEvent) {
  Activate();
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(Send(), 0);
  ASSERT_EQ(channel.Sent().size(), 1U);
  EXPECT_EQ(channel.Sent()[0].subject, "Votre abonnement est actif");
  EXPECT_EQ(channel.Sent()[0].locale, "fr");
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
  EXPECT_EQ(Value("SELECT locale FROM notifications"), "fr");
  EXPECT_EQ(Events("NotificationSent"), 1);
  EXPECT_EQ(Value("SELECT key FROM outbox"), "ntf_" + Value("SELECT replace(notification_id::text, '-', '') FROM notifications"));
  EXPECT_EQ(Value("SELECT substr(traceparent, 4, 32) FROM outbox"), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(SendTest, ALaterAnswerIsTriedAgainWithTheSameId) {
  Activate();
  channel.AnswerNext({Verdict::kTryAgain, "451 greylisted"});
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(StateOf("subscription_activated"), "pending");
  EXPECT_EQ(LastError(), "451 greylisted");
  EXPECT_EQ(Events("NotificationSent") + Events("NotificationFailed"), 0);
  EXPECT_EQ(Send(), 0) << "not due yet";
  clock.Advance(10s);
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(Tries(), 2);
  ASSERT_EQ(channel.Sent().size(), 2U);
  EXPECT_EQ(channel.Sent()[0].id, channel.Sent()[1].id);
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
  EXPECT_EQ(LastError(), "");
}

TEST_F(SendTest, ARefusalIsKept) {
  Activate();
  channel.AnswerNext({Verdict::kRefused, "550 no such user"});
  EXPECT_EQ(Send(), 1);
  clock.Advance(2h);
  EXPECT_EQ(Send(), 0);
  EXPECT_EQ(StateOf("subscription_activated"), "failed");
  EXPECT_EQ(LastError(), "550 no such user");
  EXPECT_EQ(Events("NotificationFailed"), 1);
}

TEST_F(SendTest, AuthDownMakesMailsWaitAndConsumesNoTry) {
  Activate();
  auth.down = true;
  EXPECT_EQ(Send(), 0);
  clock.Advance(20s);
  EXPECT_EQ(Send(), 0);
  EXPECT_TRUE(channel.Sent().empty());
  EXPECT_EQ(StateOf("subscription_activated"), "pending");
  EXPECT_EQ(Tries(), 0);
  EXPECT_NE(LastError().find("auth is not reachable"), std::string::npos);
  auth.down = false;
  clock.Advance(20s);
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(StateOf("subscription_activated"), "sent");
}

TEST_F(SendTest, NobodyIsWrittenToWhoMustNotBe) {
  const UserId frozen = Activate();
  auth.contacts[frozen].reachable = false;
  const UserId mute = Activate();
  auth.contacts[mute].email.clear();
  const UserId gone = Activate();
  auth.contacts.erase(gone);
  EXPECT_EQ(Send(), 3);
  EXPECT_TRUE(channel.Sent().empty());
  EXPECT_EQ(StateOf("subscription_activated"), "failed,failed,failed");
  EXPECT_EQ(Events("NotificationFailed"), 3);
  EXPECT_EQ(Count("SELECT count(DISTINCT last_error) FROM notifications"), 3);
}

TEST_F(SendTest, WhatIsTooLateIsNotTold) {
  Activate();
  clock.Advance(169h);
  EXPECT_EQ(Send(), 1);
  EXPECT_TRUE(channel.Sent().empty());
  EXPECT_EQ(LastError(), "too late to tell");
}

TEST_F(SendTest, AMissingSenderWaitsForTheSetting) {
  EmailChannel email("smtp://127.0.0.1:1", false, metrics);
  Use(email);
  Activate();
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(StateOf("subscription_activated"), "pending");
  EXPECT_EQ(Tries(), 0);
  EXPECT_EQ(LastError(), "the setting smtp.from is missing");
}

TEST_F(SendTest, AVerificationWaitsForTheLinksAddress) {
  const UserId user = NewUser();
  auth::v1::UserSignedUp event;
  event.mutable_user()->set_id(user.ToString());
  event.set_sealed_token(crypto::SealWhole(token_keyring, "quittance.auth.v1.UserSignedUp:" + user.ToString(), "t"));
  event.mutable_expire_time()->set_seconds(UnixSeconds(clock.Now() + 24h));
  Apply(api::OnUserSignedUp(*deps), NewEvent(event, user.ToString(), 1));
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(LastError(), "the setting links.base_url is missing");
  Set("links.base_url", "https://shop.example");
  clock.Advance(61s);
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(channel.Sent().size(), 1U);
}

TEST_F(SendTest, C03_ATokenOfSomebodyElseDoesNotOpen) {
  const UserId user = NewUser();
  auth::v1::UserSignedUp event;
  event.mutable_user()->set_id(user.ToString());
  event.set_sealed_token(crypto::SealWhole(token_keyring, "quittance.auth.v1.UserSignedUp:" + NewUser().ToString(), "t"));
  event.mutable_expire_time()->set_seconds(UnixSeconds(clock.Now() + 24h));
  Apply(api::OnUserSignedUp(*deps), NewEvent(event, user.ToString(), 1));
  Set("links.base_url", "https://shop.example");
  EXPECT_EQ(Send(), 1);
  EXPECT_TRUE(channel.Sent().empty());
  EXPECT_EQ(StateOf("verify_email"), "failed");
}

TEST_F(SendTest, WithoutAProviderItIsLoggedAndSaidSo) {
  LogOnlyChannel log_only(keyring);
  Use(log_only);
  Activate();
  EXPECT_EQ(Send(), 1);
  EXPECT_EQ(StateOf("subscription_activated"), "logged");
  EXPECT_EQ(Events("NotificationFailed"), 1);
  EXPECT_EQ(Events("NotificationSent"), 0);
}

TEST_F(SendTest, J05_ManyDueRowsGoInBoundedSets) {
  for (int i = 0; i < 450; ++i) Activate();
  SendAll();
  EXPECT_EQ(channel.Sent().size(), 450U);
  std::set<NotificationId> seen;
  for (const Message& message : channel.Sent()) EXPECT_TRUE(seen.insert(message.id).second);
  for (const std::size_t size : auth.asked) EXPECT_LE(size, kContactsMax);
  EXPECT_EQ(Events("NotificationSent"), 450);
}

}  // namespace
}  // namespace quittance::notifications

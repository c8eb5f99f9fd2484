// Events become rows, once per effect.
#include "quittance/auth/v1/auth_events.pb.h"
#include "quittance/billing/v1/billing_events.pb.h"
#include "quittance/subscriptions/v1/subscriptions_events.pb.h"
#include "tests/integration/notifications/fixture.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

TEST_F(NotificationsTest, J09_AReminderThatComesTwiceIsOneMail) {
  const UserId user = NewUser();
  const TimePoint end = clock.Now() + 48h;
  Hear(SubscriptionEvent::kReminderDue, Subscription(user, end, 2));
  Hear(SubscriptionEvent::kReminderDue, Subscription(user, end, 2));  // delivered again
  Hear(SubscriptionEvent::kReminderDue, Subscription(user, end, 3));  // the job ran twice
  SendAll();
  Hear(SubscriptionEvent::kReminderDue, Subscription(user, end, 2));  // replayed afterwards
  SendAll();
  ASSERT_EQ(channel.Sent().size(), 1U);
  EXPECT_EQ(channel.Sent()[0].subject, "Votre abonnement expire dans 2 jours");
  EXPECT_EQ(StateOf("subscription_reminder"), "sent");
  EXPECT_EQ(Events("NotificationSent"), 1);
}

TEST_F(NotificationsTest, ARenewalEndsTheReminderThatStillWaits) {
  const UserId user = NewUser();
  const TimePoint end = clock.Now() + 48h;
  Hear(SubscriptionEvent::kReminderDue, Subscription(user, end, 2));
  Hear(SubscriptionEvent::kRenewed, Subscription(user, end + 720h, 3));
  SendAll();
  ASSERT_EQ(channel.Sent().size(), 1U);
  EXPECT_EQ(channel.Sent()[0].template_name, "subscription_renewed");
  EXPECT_EQ(StateOf("subscription_reminder"), "failed");
  EXPECT_EQ(Events("NotificationFailed"), 1);
}

TEST_F(NotificationsTest, J09_ASetIsToldInItsOrder) {
  const TimePoint end = clock.Now() + 48h;
  std::vector<News> set;
  for (int person = 0; person < 3; ++person) {
    auto subscription = Subscription(NewUser("", "en"), end, 1);
    set.emplace_back(SubscriptionEvent::kActivated, subscription);
    subscription.set_version(2);
    set.emplace_back(SubscriptionEvent::kReminderDue, subscription);
    subscription.set_version(3);
    subscription.mutable_current_period_end()->set_seconds(UnixSeconds(end + 168h));
    set.emplace_back(SubscriptionEvent::kRenewed, subscription);
  }
  for (int twice = 0; twice < 2; ++twice) HearSet(set);
  EXPECT_EQ(StateOf("subscription_reminder"), "failed,failed,failed");  // wrong before they were sent
  SendAll();
  EXPECT_EQ(StateOf("subscription_activated"), "sent,sent,sent");
  EXPECT_EQ(StateOf("subscription_renewed"), "sent,sent,sent");
  EXPECT_EQ(channel.Sent().size(), 6U);
}

TEST_F(NotificationsTest, RowsHoldNoAddressAndNoClearToken) {
  const UserId user = NewUser("canary.person@client.example");
  auth::v1::UserSignedUp event;
  event.mutable_user()->set_id(user.ToString());
  event.mutable_user()->set_version(1);
  event.set_sealed_token(crypto::SealWhole(token_keyring, "quittance.auth.v1.UserSignedUp:" + user.ToString(), "canary-token"));
  event.mutable_expire_time()->set_seconds(UnixSeconds(clock.Now() + 24h));
  Apply(api::OnUserSignedUp(*deps), NewEvent(event, user.ToString(), 1));
  EXPECT_EQ(Count("SELECT count(*) FROM notifications n WHERE n::text LIKE '%canary%'"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM notifications WHERE params::text LIKE '%sealed_token%'"), 1);
  Set("links.base_url", "https://shop.example/");
  SendAll();
  ASSERT_EQ(channel.Sent().size(), 1U);
  EXPECT_NE(channel.Sent()[0].text.find("https://shop.example/verify-email?token=canary-token\n"), std::string::npos);
  EXPECT_NE(channel.Sent()[0].html.find("token=canary-token\""), std::string::npos);
  EXPECT_EQ(channel.Sent()[0].to, "canary.person@client.example");
  EXPECT_EQ(Count("SELECT count(*) FROM notifications WHERE params::text LIKE '%sealed_token%'"), 0) << "forgotten once it is sent";
  EXPECT_EQ(Count("SELECT count(*) FROM notifications n WHERE n::text LIKE '%canary%'"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM outbox WHERE encode(data, 'escape') LIKE '%canary%'"), 0);
}

TEST_F(NotificationsTest, AnErasedPersonIsToldNothingMoreAndNothingToldIsKept) {
  const UserId user = NewUser("gone@client.example");
  const UserId other = NewUser("stays@client.example");
  const TimePoint end = clock.Now() + 48h;
  Hear(SubscriptionEvent::kActivated, Subscription(user, end, 1));
  SendAll();
  ASSERT_EQ(channel.Sent().size(), 1U);
  Hear(SubscriptionEvent::kReminderDue, Subscription(user, end, 2));
  Hear(SubscriptionEvent::kReminderDue, Subscription(other, end, 2));
  auth::v1::UserErased event;
  event.mutable_user()->set_id(user.ToString());
  event.mutable_user()->set_version(7);
  for (int twice = 0; twice < 2; ++twice) Apply(api::OnUserErased(*deps), NewEvent(event, user.ToString(), 7));
  SendAll();
  ASSERT_EQ(channel.Sent().size(), 2U);
  EXPECT_EQ(channel.Sent()[1].to, "stays@client.example");
  const std::string whose = " FROM notifications WHERE user_id = '" + user.uuid.Hex() + "'";
  EXPECT_EQ(Count("SELECT count(*)" + whose), 2) << "that something was told stays";
  EXPECT_EQ(Count("SELECT count(*)" + whose + " AND params <> '{}'"), 0);
  EXPECT_EQ(Count("SELECT count(*)" + whose + " AND state = 'failed' AND last_error = 'the person was erased'"), 1);
  EXPECT_EQ(Events("NotificationFailed"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log WHERE action = 'ErasePerson' AND detail = '{\"notifications\":2}'"), 1);
}

TEST_F(NotificationsTest, PlanNamesFollowTheNewestVersion) {
  const auto publish = [&](const std::string& name, std::int64_t version) {
    subscriptions::v1::PlanPublished event;
    event.mutable_plan()->set_code("signaux-weekly");
    event.mutable_plan()->set_display_name(name);
    event.mutable_plan()->set_version(version);
    Apply(api::OnPlanPublished(), NewEvent(event, "plan_1", version));
  };
  publish("Signaux, une semaine", 2);
  publish("Ancien nom", 1);
  Hear(SubscriptionEvent::kActivated, Subscription(NewUser(), clock.Now() + 168h, 1));
  SendAll();
  ASSERT_EQ(channel.Sent().size(), 1U);
  EXPECT_NE(channel.Sent()[0].text.find("« Signaux, une semaine »"), std::string::npos);
}

TEST_F(NotificationsTest, InvitesFailuresAndRefundsAreTold) {
  const UserId user = NewUser("", "en");
  subscriptions::v1::MemberInvited invited;
  invited.mutable_membership()->set_id("mem_1");
  invited.mutable_membership()->set_user_id(user.ToString());
  invited.mutable_membership()->set_invite_link("https://t.me/+abc");
  invited.mutable_membership()->set_version(1);
  Apply(api::OnMemberInvited(*deps), NewEvent(invited, "mem_1", 1));

  billing::v1::PaymentIntent payment;
  payment.set_id("pay_1");
  payment.set_user_id(user.ToString());
  payment.set_status(billing::v1::PaymentIntent::FAILED);
  payment.set_detail("declined");
  payment.mutable_amount()->set_amount_minor(1990);
  payment.mutable_amount()->set_currency_code("EUR");
  billing::v1::PaymentFailed failed;
  *failed.mutable_payment_intent() = payment;
  Apply(api::OnPaymentFailed(*deps), NewEvent(failed, "pay_1", 2));

  billing::v1::RefundSucceeded refunded;
  *refunded.mutable_payment_intent() = payment;
  refunded.mutable_refund()->set_id("ref_1");
  refunded.mutable_refund()->set_status(billing::v1::Refund::SUCCEEDED);
  refunded.mutable_refund()->mutable_amount()->set_amount_minor(500);
  Apply(api::OnRefundSucceeded(*deps), NewEvent(refunded, "pay_1", 3));
  SendAll();
  std::set<std::string> subjects;
  for (const Message& message : channel.Sent()) subjects.insert(message.subject);
  EXPECT_EQ(subjects,
            (std::set<std::string>{"Your invitation to the channel", "Your payment did not go through", "Your refund of 5.00 EUR"}));
}

TEST_F(NotificationsTest, K20_AnEventThatCannotBeReadIsATryNotASilence) {
  auto event = NewEvent(subscriptions::v1::SubscriptionActivated(), "sub_1", 1);
  EXPECT_THROW(Apply(api::OnSubscriptions(*deps).front().handler, event), std::runtime_error);  // no user
  event.data = "\xff\xff\xff";
  EXPECT_THROW(Apply(api::OnUserSignedUp(*deps), event), std::runtime_error);
  EXPECT_EQ(Count("SELECT count(*) FROM notifications"), 0);
}

}  // namespace
}  // namespace quittance::notifications

// Which events are worth a mail, and what the effect is called.
#include "services/notifications/domain/tell.h"

#include <gtest/gtest.h>

namespace quittance::notifications {
namespace {

const TenantId kTenant{Uuid{{1}}};
const UserId kUser{Uuid{{2}}};
const TimePoint kEnd = FromUnixSeconds(1'800'000'000);

SubscriptionNews Sub(SubscriptionEvent event, bool active = true, std::int64_t version = 1) {
  return {.event = event,
          .tenant = kTenant,
          .user = kUser,
          .id = "sub_1",
          .plan_code = "weekly",
          .active = active,
          .period_end = kEnd,
          .version = version};
}

TEST(Tell, J09_OneReminderPerEndWhateverTheVersion) {
  const auto first = TellOfSubscription(Sub(SubscriptionEvent::kReminderDue, true, 3));
  const auto again = TellOfSubscription(Sub(SubscriptionEvent::kReminderDue, true, 4));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->dedupe_key, again->dedupe_key);
  auto later = Sub(SubscriptionEvent::kReminderDue, true, 5);
  later.period_end += std::chrono::seconds(1);
  EXPECT_NE(TellOfSubscription(later)->dedupe_key, first->dedupe_key);
}

TEST(Tell, EachActivationAndRenewalIsTold) {
  EXPECT_EQ(TellOfSubscription(Sub(SubscriptionEvent::kActivated))->template_name, "subscription_activated");
  EXPECT_EQ(TellOfSubscription(Sub(SubscriptionEvent::kRenewed))->template_name, "subscription_renewed");
  EXPECT_NE(TellOfSubscription(Sub(SubscriptionEvent::kRenewed, true, 2))->dedupe_key,
            TellOfSubscription(Sub(SubscriptionEvent::kRenewed, true, 3))->dedupe_key);
  EXPECT_EQ(TellOfSubscription(Sub(SubscriptionEvent::kExpired, false))->template_name, "subscription_expired");
  EXPECT_EQ(TellOfSubscription(Sub(SubscriptionEvent::kActivated))->useless_after, kEnd);
  EXPECT_FALSE(TellOfSubscription(Sub(SubscriptionEvent::kExpired, false))->useless_after);
}

TEST(Tell, TheStateDecidesNotTheName) {
  EXPECT_FALSE(TellOfSubscription(Sub(SubscriptionEvent::kActivated, false)));
  EXPECT_FALSE(TellOfSubscription(Sub(SubscriptionEvent::kRenewed, false)));
  EXPECT_FALSE(TellOfSubscription(Sub(SubscriptionEvent::kReminderDue, false)));
  EXPECT_FALSE(TellOfSubscription(Sub(SubscriptionEvent::kExpired, true)));
  EXPECT_FALSE(TellOfSubscription(Sub(SubscriptionEvent::kOther)));
}

TEST(Tell, AReminderIsRightOnlyForTheEndItNames) {
  const auto reminder = NewNotification(*TellOfSubscription(Sub(SubscriptionEvent::kReminderDue)), NotificationId{Uuid{{9}}}, "", kEnd);
  EXPECT_TRUE(IsReminderRight(reminder, Sub(SubscriptionEvent::kOther)));
  EXPECT_FALSE(IsReminderRight(reminder, Sub(SubscriptionEvent::kOther, false)));
  auto renewed = Sub(SubscriptionEvent::kRenewed);
  renewed.period_end += std::chrono::hours(1);
  EXPECT_FALSE(IsReminderRight(reminder, renewed));
}

TEST(Tell, SignUpNeedsATokenAndEndsWithIt) {
  SignUpNews news{.tenant = kTenant, .user = kUser, .sealed_token = "c2VhbGVk", .token_expires = kEnd, .version = 1};
  const auto telling = TellOfSignUp(news);
  ASSERT_TRUE(telling);
  EXPECT_EQ(telling->template_name, "verify_email");
  EXPECT_EQ(telling->useless_after, kEnd);
  EXPECT_EQ(telling->params.at("sealed_token"), "c2VhbGVk");
  news.version = 2;
  EXPECT_NE(TellOfSignUp(news)->dedupe_key, telling->dedupe_key);  // asked again: another token, another mail
  news.sealed_token.clear();
  EXPECT_FALSE(TellOfSignUp(news));
}

TEST(Tell, InviteNeedsALinkAndLivesAsLongAsIt) {
  InviteNews news{
      .tenant = kTenant, .user = kUser, .membership = "mem_1", .channel = "default", .link = "https://t.me/+x", .time = kEnd, .version = 1};
  EXPECT_EQ(TellOfInvite(news)->useless_after, kEnd + kInviteLife);
  news.link.clear();
  EXPECT_FALSE(TellOfInvite(news));
}

TEST(Tell, OnlyFailuresThatNobodyWanted) {
  PaymentNews news{.tenant = kTenant,
                   .user = kUser,
                   .id = "pay_1",
                   .failed = true,
                   .detail = "declined",
                   .plan_code = "weekly",
                   .amount_minor = 1990,
                   .currency = "EUR"};
  EXPECT_EQ(TellOfFailure(news)->template_name, "payment_failed");
  for (const char* detail : {"canceled", "expired", "superseded", ""}) {
    news.detail = detail;
    EXPECT_FALSE(TellOfFailure(news)) << detail;
  }
  news.detail = "declined";
  news.failed = false;
  EXPECT_FALSE(TellOfFailure(news));
}

TEST(Tell, OneMailPerRefund) {
  PaymentNews payment{.tenant = kTenant,
                      .user = kUser,
                      .id = "pay_1",
                      .failed = false,
                      .detail = "",
                      .plan_code = "",
                      .amount_minor = 1990,
                      .currency = "EUR"};
  RefundNews news{.payment = payment, .id = "ref_1", .succeeded = true, .amount_minor = 500};
  EXPECT_EQ(TellOfRefund(news)->dedupe_key, "refund_succeeded:pay_1:ref_1");
  EXPECT_EQ(TellOfRefund(news)->params.at("amount_minor"), "500");
  news.succeeded = false;
  EXPECT_FALSE(TellOfRefund(news));
  news.failed = true;
  EXPECT_EQ(TellOfRefund(news)->template_name, "refund_failed");
  EXPECT_EQ(TellOfRefund(news)->dedupe_key, "refund_failed:pay_1:ref_1");
}

}  // namespace
}  // namespace quittance::notifications

// Who is told what: from what other services say happened to the notification it makes, if any. Pure; the one place that decides
// which events are worth a mail, what the effect is called (dedupe key) and until when telling makes sense.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "services/notifications/domain/notification.h"

namespace quittance::notifications {

// The parameter that holds a one-time token, sealed, as base64.
inline constexpr std::string_view kSealedToken = "sealed_token";
inline constexpr std::string_view kReminderTemplate = "subscription_reminder";
// A join-request link works so long; then the member gets another, and another mail.
inline constexpr std::chrono::hours kInviteLife{24};

struct SignUpNews {
  TenantId tenant;
  UserId user;
  std::string sealed_token;  // base64
  TimePoint token_expires{};
  std::int64_t version = 0;
};

// What happened to an account, told by the template of that name: a link with a one-time token, or news that its owner should check.
struct AccountNews {
  TenantId tenant;
  UserId user;
  std::string template_name;
  std::string sealed_token;  // base64; empty: no link
  std::optional<TimePoint> expires;
  std::string change;  // names a section of the template; may be empty
  std::string channel = "email";
  std::int64_t version = 0;
};

// kOther: nobody is told, but a reminder that waits may have become wrong.
enum class SubscriptionEvent { kActivated, kRenewed, kReminderDue, kExpired, kOther };

struct SubscriptionNews {
  SubscriptionEvent event;
  TenantId tenant;
  UserId user;
  std::string id;
  std::string plan_code;
  bool active = false;  // its status as the event carries it
  TimePoint period_end{};
  std::int64_t version = 0;
};

struct InviteNews {
  TenantId tenant;
  UserId user;
  std::string membership;
  std::string channel;
  std::string link;  // empty: nothing to tell
  TimePoint time{};
  std::int64_t version = 0;
};

struct PaymentNews {
  TenantId tenant;
  UserId user;
  std::string id;
  bool failed = false;
  std::string detail;     // closer, such as declined
  std::string plan_code;  // empty: it was for something else
  std::int64_t amount_minor = 0;
  std::string currency;
};

struct RefundNews {
  PaymentNews payment;
  std::string id;
  bool succeeded = false;
  bool failed = false;  // perhaps after all: the mail corrects what was told
  std::int64_t amount_minor = 0;
};

std::optional<Telling> TellOfSignUp(const SignUpNews& news);
// A link is useless after its end; news never are.
std::optional<Telling> TellOfAccount(const AccountNews& news);
std::optional<Telling> TellOfSubscription(const SubscriptionNews& news);
std::optional<Telling> TellOfInvite(const InviteNews& news);
// Only what the payer did not do on purpose: declined or lost, not canceled, expired or replaced.
std::optional<Telling> TellOfFailure(const PaymentNews& news);
std::optional<Telling> TellOfRefund(const RefundNews& news);

// Whether a reminder that still waits to be sent tells of the end as it is now.
bool IsReminderRight(const Notification& reminder, const SubscriptionNews& news);

}  // namespace quittance::notifications

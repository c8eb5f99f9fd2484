// The rules. A dedupe key is made of what the effect is, never of when it was heard: a replayed event gives the same key.
#include "services/notifications/domain/tell.h"

namespace quittance::notifications {
namespace {

std::string Key(std::string_view template_name, std::string_view subject, std::string_view what) {
  return std::string(template_name) + ":" + std::string(subject) + ":" + std::string(what);
}

// nullptr: nobody is told of it.
const char* TemplateOf(SubscriptionEvent event) {
  switch (event) {
    case SubscriptionEvent::kActivated:
      return "subscription_activated";
    case SubscriptionEvent::kRenewed:
      return "subscription_renewed";
    case SubscriptionEvent::kReminderDue:
      return kReminderTemplate.data();
    case SubscriptionEvent::kExpired:
      return "subscription_expired";
    case SubscriptionEvent::kOther:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

std::optional<Telling> TellOfSignUp(const SignUpNews& news) {
  if (news.sealed_token.empty()) return std::nullopt;
  Telling telling{.tenant = news.tenant,
                  .user = news.user,
                  .template_name = "verify_email",
                  .subject = news.user.ToString(),
                  .dedupe_key = Key("verify_email", news.user.ToString(), std::to_string(news.version)),
                  .params = {},
                  .useless_after = news.token_expires};
  telling.params.emplace(kSealedToken, news.sealed_token);
  telling.params.emplace("expires", FormatRfc3339(news.token_expires));
  return telling;
}

std::optional<Telling> TellOfAccount(const AccountNews& news) {
  Telling telling{.tenant = news.tenant,
                  .user = news.user,
                  .template_name = news.template_name,
                  .subject = news.user.ToString(),
                  .dedupe_key = Key(news.template_name, news.user.ToString(), std::to_string(news.version)),
                  .params = {},
                  .useless_after = std::nullopt};
  telling.channel = news.channel;
  if (news.expires) telling.params.emplace("expires", FormatRfc3339(*news.expires));
  if (!news.change.empty()) telling.params.emplace(news.change, "true");
  if (!news.sealed_token.empty()) {
    telling.params.emplace(kSealedToken, news.sealed_token);
    telling.useless_after = news.expires;
  }
  return telling;
}

std::optional<Telling> TellOfSubscription(const SubscriptionNews& news) {
  const char* const name = TemplateOf(news.event);
  const bool over = news.event == SubscriptionEvent::kExpired;
  if (name == nullptr || news.active == over) return std::nullopt;  // the state that the event carries decides, not its name
  // One reminder per end, whatever happened in between; everything else once per event.
  const std::string effect =
      news.event == SubscriptionEvent::kReminderDue ? std::to_string(UnixMicros(news.period_end)) : std::to_string(news.version);
  Telling telling{.tenant = news.tenant,
                  .user = news.user,
                  .template_name = name,
                  .subject = news.id,
                  .dedupe_key = Key(name, news.id, effect),
                  .params = {{"plan", news.plan_code}, {"period_end", FormatRfc3339(news.period_end)}},
                  .useless_after = std::nullopt};
  if (!over) telling.useless_after = news.period_end;
  return telling;
}

std::optional<Telling> TellOfInvite(const InviteNews& news) {
  if (news.link.empty()) return std::nullopt;
  return Telling{.tenant = news.tenant,
                 .user = news.user,
                 .template_name = "member_invited",
                 .subject = news.membership,
                 .dedupe_key = Key("member_invited", news.membership, std::to_string(news.version)),
                 .params = {{"link", news.link}, {"channel", news.channel}},
                 .useless_after = news.time + kInviteLife};
}

std::optional<Telling> TellOfFailure(const PaymentNews& news) {
  if (!news.failed || (news.detail != "declined" && news.detail != "capture_failed")) return std::nullopt;
  return Telling{.tenant = news.tenant,
                 .user = news.user,
                 .template_name = "payment_failed",
                 .subject = news.id,
                 .dedupe_key = Key("payment_failed", news.id, news.detail),
                 .params = {{"plan", news.plan_code}, {"amount_minor", std::to_string(news.amount_minor)}, {"currency", news.currency}},
                 .useless_after = std::nullopt};
}

std::optional<Telling> TellOfRefund(const RefundNews& news) {
  if (news.succeeded == news.failed || news.amount_minor <= 0) return std::nullopt;
  const std::string name = news.succeeded ? "refund_succeeded" : "refund_failed";
  return Telling{.tenant = news.payment.tenant,
                 .user = news.payment.user,
                 .template_name = name,
                 .subject = news.payment.id,
                 .dedupe_key = Key(name, news.payment.id, news.id),
                 .params = {{"plan", news.payment.plan_code},
                            {"amount_minor", std::to_string(news.amount_minor)},
                            {"currency", news.payment.currency}},
                 .useless_after = std::nullopt};
}

bool IsReminderRight(const Notification& reminder, const SubscriptionNews& news) {
  const auto told = reminder.params.find("period_end");
  return news.active && told != reminder.params.end() && told->second == FormatRfc3339(news.period_end);
}

}  // namespace quittance::notifications

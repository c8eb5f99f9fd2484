// Everything that can be wrong with a message before it is handed to a provider. Nothing here consumes a try.
#include "services/notifications/usecases/compose.h"

#include <algorithm>

#include "common/crypto/hmac.h"
#include "services/notifications/domain/tell.h"
#include "services/notifications/templates/catalog.h"
#include "services/notifications/templates/render.h"

namespace quittance::notifications {
namespace {

constexpr std::string_view kSms = "sms";
constexpr std::string_view kBaseUrlKey = "links.base_url";

// Why this person is not written to.
std::optional<Outcome> CheckRecipient(const Notification& notification, const TenantView& tenant, TimePoint now) {
  if (notification.useless_after && *notification.useless_after <= now) return Outcome{Verdict::kPointless, "too late to tell"};
  if (!HasTemplate(notification.template_name)) return Outcome{Verdict::kPointless, "no such template"};
  const auto contact = tenant.contacts.find(notification.user);
  if (contact == tenant.contacts.end()) return Outcome{Verdict::kPointless, "the user is not known"};
  if (!contact->second.reachable) return Outcome{Verdict::kPointless, "the user is frozen or erased"};
  if (notification.channel == kSms && contact->second.phone.empty()) return Outcome{Verdict::kPointless, "the user has no phone"};
  if (notification.channel != kSms && contact->second.email.empty()) return Outcome{Verdict::kPointless, "the user has no address"};
  return std::nullopt;
}

std::string BaseUrl(const settings::Snapshot& settings) {
  std::string url = settings.Get(kBaseUrlKey);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// Mails with a one-time token: the event that carried it (its seal is bound to that name) and the page it opens.
struct Link {
  std::string_view template_name;
  std::string_view event;
  std::string_view page;
};
constexpr Link kLinks[] = {
    {"verify_email", "UserSignedUp", "/verify-email"},
    {"reset_password", "PasswordResetRequested", "/reset-password"},
    {"magic_link", "MagicLinkRequested", "/magic-link"},
};

const Link* LinkOf(std::string_view template_name) {
  const auto* const found =
      std::find_if(std::begin(kLinks), std::end(kLinks), [&](const Link& link) { return link.template_name == template_name; });
  return found == std::end(kLinks) ? nullptr : found;
}

// links.base_url/verify-email?token=…; the token was sealed by auth for this user alone. The base is the tenant's setting, never a header.
std::variant<std::string, Outcome> ActionUrl(const Notification& notification, const std::string& base_url,
                                             const crypto::Keyring& keyring) {
  if (base_url.empty()) return Outcome{Verdict::kNotReady, "the setting links.base_url is missing"};
  const auto found = notification.params.find(std::string(kSealedToken));
  const auto sealed = found == notification.params.end() ? std::nullopt : crypto::UnBase64(found->second);
  const Link* link = LinkOf(notification.template_name);
  if (!sealed || link == nullptr) return Outcome{Verdict::kPointless, "the one-time token is damaged"};
  try {
    const std::string context = "quittance.auth.v1." + std::string(link->event) + ":" + notification.user.ToString();
    return base_url + std::string(link->page) + "?token=" + crypto::OpenWhole(keyring, context, *sealed);
  } catch (const crypto::UnknownKey&) {
    return Outcome{Verdict::kNotReady, "the one-time token is under a key that this keyring does not have"};
  } catch (const crypto::Undecryptable&) {
    return Outcome{Verdict::kPointless, "the one-time token does not open"};
  }
}

Surroundings Around(const Notification& notification, const TenantView& tenant, const Contact& contact,
                    const std::map<store::PlanKey, std::string>& plans, TimePoint now) {
  Surroundings around;
  around.locale = KnownLocale(contact.locale);
  around.time_zone = contact.time_zone;
  around.company = tenant.company;
  around.contact = tenant.settings->Get("company.email");
  around.account_url = BaseUrl(*tenant.settings);
  around.now = now;
  const auto plan = notification.params.find("plan");
  if (plan == notification.params.end()) return around;
  const auto name = plans.find({notification.tenant, plan->second});
  around.plan_name = name == plans.end() ? plan->second : name->second;
  return around;
}

// The code itself, sealed by auth for this user alone.
std::variant<std::string, Outcome> OpenCode(const Notification& notification, const crypto::Keyring& keyring) {
  const auto found = notification.params.find(std::string(kSealedToken));
  const auto sealed = found == notification.params.end() ? std::nullopt : crypto::UnBase64(found->second);
  if (!sealed) return Outcome{Verdict::kPointless, "the code is damaged"};
  try {
    return crypto::OpenWhole(keyring, "quittance.auth.v1.MfaCodeRequested:" + notification.user.ToString(), *sealed);
  } catch (const crypto::UnknownKey&) {
    return Outcome{Verdict::kNotReady, "the code is under a key that this keyring does not have"};
  } catch (const crypto::Undecryptable&) {
    return Outcome{Verdict::kPointless, "the code does not open"};
  }
}

Sender SmsSenderOf(const settings::Snapshot& settings, const std::string& company) {
  return {settings.Get("twilio.from"), company, settings.Get("twilio.account_sid"), Secret(settings.Get("twilio.auth_token"))};
}

// An SMS is the text of its template, without the layout of mails.
std::variant<Message, Outcome> ComposeSms(const Notification& notification, const TenantView& tenant, Surroundings around,
                                          const std::string& phone, const crypto::Keyring& keyring, TimePoint now) {
  auto code = OpenCode(notification, keyring);
  if (auto* reason = std::get_if<Outcome>(&code)) return *reason;
  Notification shown = notification;
  shown.params = {{"code", std::get<std::string>(code)}};
  return Message{notification.tenant,
                 notification.id,
                 notification.template_name,
                 around.locale,
                 SmsSenderOf(*tenant.settings, tenant.company),
                 phone,
                 "",
                 RenderText(shown, around),
                 "",
                 now};
}

Sender SenderOf(const settings::Snapshot& settings, const std::string& company) {
  return {settings.Get("smtp.from"), settings.Get("smtp.from_name", company), settings.Get("smtp.user"),
          Secret(settings.Get("smtp.password"))};
}

}  // namespace

std::variant<Message, Outcome> Compose(const Notification& notification, const TenantView& tenant,
                                       const std::map<store::PlanKey, std::string>& plans, const crypto::Keyring& token_keyring,
                                       TimePoint now) {
  if (auto reason = CheckRecipient(notification, tenant, now)) return *reason;
  const Contact& contact = tenant.contacts.at(notification.user);
  Surroundings around = Around(notification, tenant, contact, plans, now);
  if (notification.channel == kSms) return ComposeSms(notification, tenant, around, contact.phone, token_keyring, now);
  Notification shown = notification;
  if (shown.params.contains(std::string(kSealedToken))) {
    auto url = ActionUrl(notification, around.account_url, token_keyring);
    if (auto* reason = std::get_if<Outcome>(&url)) return *reason;
    around.action_url = std::get<std::string>(url);
    shown.params.erase(std::string(kSealedToken));
  }
  Rendered rendered = Render(shown, around);
  return Message{notification.tenant,
                 notification.id,
                 notification.template_name,
                 around.locale,
                 SenderOf(*tenant.settings, tenant.company),
                 contact.email,
                 std::move(rendered.subject),
                 std::move(rendered.text),
                 std::move(rendered.html),
                 now};
}

}  // namespace quittance::notifications

// Every template, in every locale, with and without its optional values; nothing from outside becomes markup.
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "services/notifications/domain/tell.h"
#include "services/notifications/templates/catalog.h"
#include "services/notifications/templates/render.h"

namespace quittance::notifications {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow = *ParseRfc3339("2026-11-26T09:30:00Z");
const std::string kEnd = "2026-11-28T09:30:00.000000Z";

Notification Of(std::string template_name, Params params) {
  Notification n;
  n.template_name = std::move(template_name);
  n.params = std::move(params);
  return n;
}

Params AllParams() {
  return {{"plan", "weekly"},  {"period_end", kEnd},          {"expires", kEnd},      {"amount_minor", "1990"}, {"totp_added", "true"},
          {"currency", "EUR"}, {"link", "https://t.me/+abc"}, {"channel", "default"}, {"code", "012345"}};
}

Surroundings Around(std::string locale) {
  return {.locale = std::move(locale),
          .time_zone = "Europe/Paris",
          .company = "Signaux & Fils",
          .contact = "aide@shop.example",
          .account_url = "https://shop.example",
          .plan_name = "Une semaine",
          .action_url = "https://shop.example/verify-email?token=abc",
          .now = kNow};
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::set<std::string> Names() {
  std::set<std::string> names;
  for (const Source& source : Sources()) names.insert(std::string(source.template_name));
  names.erase(std::string(kLayout));
  return names;
}

TEST(Templates, EachIsThereInEveryLocale) {
  EXPECT_EQ(Names(), (std::set<std::string>{"account_locked", "factor_changed", "magic_link", "member_invited", "mfa_code", "new_device",
                                            "password_changed", "reset_password", "payment_failed", "refund_failed", "refund_succeeded",
                                            "subscription_activated", "subscription_expired", "subscription_reminder",
                                            "subscription_renewed", "verify_email"}));
  EXPECT_EQ(Sources().size(), (Names().size() + 1) * std::size(kLocales));
}

TEST(Templates, EachRendersWholeInEveryLocale) {
  for (const std::string& name : Names()) {
    for (const auto& locale : kLocales) {
      const Rendered mail = Render(Of(name, AllParams()), Around(std::string(locale)));
      EXPECT_FALSE(mail.subject.empty());
      for (const std::string& part : {mail.subject, mail.text, mail.html}) {
        EXPECT_FALSE(Has(part, "{{")) << name << locale;
        EXPECT_FALSE(Has(part, "}}")) << name << locale;
        EXPECT_FALSE(Has(part, "« »") || Has(part, "\"\"  ")) << name << locale;
      }
      EXPECT_TRUE(Has(mail.text, "Signaux & Fils")) << "plain text is not escaped";
      EXPECT_TRUE(Has(mail.html, "Signaux &amp; Fils"));
      EXPECT_TRUE(Has(mail.html, "<html lang=\"" + std::string(locale) + "\">"));
      EXPECT_FALSE(Has(mail.text, "<p>"));
      EXPECT_FALSE(Has(mail.subject, "\n"));
    }
  }
}

TEST(Templates, AnSmsIsItsTextAlone) {
  EXPECT_EQ(RenderText(Of("mfa_code", {{"code", "012345"}}), Around("fr")),
            "012345 est votre code Signaux & Fils. Il est valable cinq minutes. Ne le donnez à personne.");
  EXPECT_LE(RenderText(Of("mfa_code", {{"code", "012345"}}), Around("en")).size(), 160U) << "one SMS";
}

TEST(Templates, OptionalValuesLeaveNoHoles) {
  Surroundings bare = Around("fr");
  bare.account_url.clear();
  bare.contact.clear();
  bare.plan_name.clear();
  for (const std::string& name : Names()) {
    const Rendered mail = Render(Of(name, {{"period_end", kEnd}, {"amount_minor", "1990"}, {"currency", "EUR"}}), bare);
    EXPECT_FALSE(Has(mail.text, "Votre espace")) << name;
    EXPECT_FALSE(Has(mail.text, "Une question")) << name;
  }
  EXPECT_TRUE(Has(Render(Of("payment_failed", {{"amount_minor", "1990"}, {"currency", "EUR"}}), bare).text,
                  "Votre paiement de 19,90 EUR a été refusé"));
}

TEST(Templates, FrenchWording) {
  const auto subject = [](const char* name) { return Render(Of(name, AllParams()), Around("fr")).subject; };
  EXPECT_EQ(subject("subscription_activated"), "Votre abonnement est actif");
  EXPECT_EQ(subject("subscription_renewed"), "Votre abonnement est renouvelé");
  EXPECT_EQ(subject("subscription_reminder"), "Votre abonnement expire dans 2 jours");
  EXPECT_EQ(subject("subscription_expired"), "Votre abonnement est terminé");
  EXPECT_EQ(subject("member_invited"), "Votre invitation au canal");
  EXPECT_EQ(subject("payment_failed"), "Votre paiement n'a pas abouti");
  EXPECT_EQ(subject("refund_succeeded"), "Votre remboursement de 19,90 EUR");
  EXPECT_EQ(subject("refund_failed"), "Votre remboursement de 19,90 EUR n'a pas abouti");
  const Rendered mail = Render(Of("subscription_activated", AllParams()), Around("fr"));
  EXPECT_TRUE(Has(mail.text, "« Une semaine »"));
  EXPECT_TRUE(Has(mail.text, "28 novembre 2026 à 10:30 (Europe/Paris)"));
  EXPECT_TRUE(Has(Render(Of("verify_email", AllParams()), Around("fr")).text, "https://shop.example/verify-email?token=abc\n"));
}

TEST(Templates, AnUnknownLocaleIsEnglish) {
  EXPECT_EQ(Render(Of("subscription_expired", AllParams()), Around("xx")).subject, "Your subscription has ended");
  EXPECT_EQ(KnownLocale("fr"), "fr");
  EXPECT_EQ(KnownLocale(""), "en");
}

TEST(Templates, N14_ValuesBecomeNeitherMarkupNorHeadersNorTemplates) {
  Surroundings evil = Around("en");
  evil.plan_name = "<script>alert(1)</script>{{company}}\r\nBcc: x@y.example";
  evil.company = "\"><img src=x onerror=alert(1)>";
  const Rendered mail = Render(Of("subscription_activated", AllParams()), evil);
  EXPECT_FALSE(Has(mail.html, "<script>"));
  EXPECT_FALSE(Has(mail.html, "<img"));
  EXPECT_TRUE(Has(mail.html, "&lt;script&gt;"));
  EXPECT_TRUE(Has(mail.text, "{{company}}")) << "a value is not a template";
  EXPECT_FALSE(Has(mail.subject, "\r"));
}

TEST(Templates, BrokenFilesAreNamed) {
  EXPECT_THROW(ParseMailTemplate(""), std::runtime_error);
  EXPECT_THROW(ParseMailTemplate("Subject\n--- text\nx\n"), std::runtime_error);
  EXPECT_THROW(ParseMailTemplate("\n--- text\nx\n--- html\ny\n"), std::runtime_error);
  EXPECT_THROW(ParseMailTemplate("Two\nlines\n--- text\nx\n--- html\ny\n"), std::runtime_error);
  EXPECT_THROW(ParseMailTemplate("Subject\n--- html\ny\n--- text\nx\n"), std::runtime_error);
  const auto good = ParseMailTemplate("Subject\n--- text\nx\n--- html\ny\n");
  EXPECT_EQ(good.subject, "Subject");
  EXPECT_EQ(good.text, "x\n");
  EXPECT_EQ(good.html, "y\n");
}

}  // namespace
}  // namespace quittance::notifications

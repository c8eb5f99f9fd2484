// Mustache (kainjow). The HTML part escapes by itself; subject and text are plain.
#include "services/notifications/templates/render.h"

#include <kainjow/mustache.hpp>

#include <charconv>

#include "services/notifications/templates/catalog.h"
#include "services/notifications/templates/readable.h"

namespace quittance::notifications {
namespace {

using Values = std::map<std::string, std::string>;
namespace km = kainjow::mustache;

void Show(Values& values, const std::string& name, std::string value) {
  if (!value.empty()) values[name] = std::move(value);
}

std::int64_t Number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The parameters, readable: *_end and expires are times, amount_minor with currency is an amount, plan is a plan's name.
Values Readable(const Params& params, const Surroundings& around) {
  Values values;
  for (const auto& [name, value] : params) Show(values, name, value);
  for (const char* name : {"period_end", "expires"}) {
    const auto found = params.find(name);
    const auto time = found == params.end() ? std::nullopt : ParseRfc3339(found->second);
    if (time) Show(values, name, ReadableTime(*time, around.locale, around.time_zone));
    if (time && std::string_view(name) == "period_end") Show(values, "remaining", ReadableDuration(*time - around.now, around.locale));
  }
  if (params.contains("amount_minor") && params.contains("currency")) {
    Show(values, "amount", ReadableAmount(Number(params.at("amount_minor")), params.at("currency"), around.locale));
  }
  if (!around.plan_name.empty() && values.contains("plan")) values["plan"] = around.plan_name;
  Show(values, "company", around.company);
  Show(values, "contact", around.contact);
  Show(values, "account_url", around.account_url);
  Show(values, "action_url", around.action_url);
  return values;
}

std::string Fill(const std::string& source, const Values& values, bool html) {
  km::mustache engine(source);
  if (!html) engine.set_custom_escape([](const std::string& text) { return text; });
  km::data data;
  for (const auto& [name, value] : values) data.set(name, value);
  return engine.render(data);
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  }
  return text;
}

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

std::string RenderText(const Notification& notification, const Surroundings& around) {
  return Trimmed(Fill(FindTemplate(notification.template_name, around.locale).text, Readable(notification.params, around), false));
}

Rendered Render(const Notification& notification, const Surroundings& around) {
  const MailTemplate& mail = FindTemplate(notification.template_name, around.locale);
  const MailTemplate& layout = FindTemplate(kLayout, around.locale);
  Values values = Readable(notification.params, around);
  values["subject"] = OneLine(Fill(mail.subject, values, false));
  Rendered rendered{.subject = values["subject"], .text = {}, .html = {}};
  const std::string text = Trimmed(Fill(mail.text, values, false));
  const std::string html = Trimmed(Fill(mail.html, values, true));
  values["body"] = text;
  rendered.text = Fill(layout.text, values, false);
  values["body"] = html;
  rendered.html = Fill(layout.html, values, true);
  return rendered;
}

}  // namespace quittance::notifications

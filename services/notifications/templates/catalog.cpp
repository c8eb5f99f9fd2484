// Parsing and look-up.
#include "services/notifications/templates/catalog.h"

#include <algorithm>
#include <stdexcept>

#include "common/core/check.h"

namespace quittance::notifications {
namespace {

constexpr std::string_view kTextMark = "\n--- text\n";
constexpr std::string_view kHtmlMark = "\n--- html\n";

using NameAndLocale = std::pair<std::string_view, std::string_view>;

const std::map<NameAndLocale, MailTemplate>& Parsed() {
  static const std::map<NameAndLocale, MailTemplate> parsed = [] {
    std::map<NameAndLocale, MailTemplate> all;
    for (const Source& source : Sources()) all.emplace(NameAndLocale(source.template_name, source.locale), ParseMailTemplate(source.text));
    return all;
  }();
  return parsed;
}

}  // namespace

MailTemplate ParseMailTemplate(std::string_view source) {
  const std::size_t text = source.find(kTextMark);
  const std::size_t html = source.find(kHtmlMark);
  if (text == std::string_view::npos || html == std::string_view::npos || html < text)
    throw std::runtime_error("a mail needs `--- text`, then `--- html`");
  const std::string_view subject = source.substr(0, text);
  if (subject.empty() || subject.find('\n') != std::string_view::npos) throw std::runtime_error("a mail's first line is its subject");
  const std::size_t text_begin = text + kTextMark.size();
  return {std::string(subject), std::string(source.substr(text_begin, html + 1 - text_begin)),
          std::string(source.substr(html + kHtmlMark.size()))};
}

std::string_view KnownLocale(std::string_view locale) {
  const auto* const found = std::find(std::begin(kLocales), std::end(kLocales), locale);
  return found == std::end(kLocales) ? kLocales[0] : *found;
}

bool HasTemplate(std::string_view template_name) { return Parsed().contains(NameAndLocale(template_name, kLocales[0])); }

const MailTemplate& FindTemplate(std::string_view template_name, std::string_view locale) {
  const auto found = Parsed().find(NameAndLocale(template_name, KnownLocale(locale)));
  CHECK(found != Parsed().end());
  return found->second;
}

}  // namespace quittance::notifications

// The mails, one file each: templates/<template>.<locale>.mail with the subject in its first line, then `--- text` and `--- html`.
// Compiled into the binary (embed.cmake), parsed at start-up. Invariant: each template is there in every locale.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace quittance::notifications {

struct Source {
  std::string_view template_name;
  std::string_view locale;
  std::string_view text;
};
const std::vector<Source>& Sources();

struct MailTemplate {
  std::string subject;
  std::string text;
  std::string html;
};

inline constexpr std::string_view kLocales[] = {"en", "fr"};
inline constexpr std::string_view kLayout = "layout";

// Throws std::runtime_error that names the rule.
MailTemplate ParseMailTemplate(std::string_view source);

// CHECKs that it is there; a locale that we do not speak is English.
const MailTemplate& FindTemplate(std::string_view template_name, std::string_view locale);
bool HasTemplate(std::string_view template_name);
std::string_view KnownLocale(std::string_view locale);

}  // namespace quittance::notifications

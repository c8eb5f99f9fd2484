// Languages and time zones; the list of zones stands in time_zones.cpp.
#include "services/auth/domain/locale.h"

namespace quittance::auth {

Result<std::string> ParseLocale(std::string_view text, std::string_view fallback, std::string_view field) {
  if (text.empty()) return std::string(fallback);
  if (text == "fr" || text == "en") return std::string(text);
  return InvalidField(std::string(field), "must be fr or en");
}

Result<std::string> ParseTimeZone(std::string_view text, std::string_view field) {
  if (text.empty()) return std::string("UTC");
  if (IsTimeZone(text)) return std::string(text);
  return InvalidField(std::string(field), "must be an IANA time zone name, such as Europe/Paris");
}

}  // namespace quittance::auth

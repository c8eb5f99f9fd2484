// Machine values as people read them, in their language and their time zone.
#pragma once

#include <string>
#include <string_view>

#include "common/core/time.h"

namespace quittance::notifications {

// "28 novembre 2026 à 10:30 (Europe/Paris)"; a zone that is not known here is UTC, and says so;
// so is a time after 2037.
std::string ReadableTime(TimePoint time, std::string_view locale, std::string_view time_zone);

// "19,90 EUR" (fr), "19.90 EUR" (en).
std::string ReadableAmount(std::int64_t amount_minor, std::string_view currency_code, std::string_view locale);

// "2 jours", "5 heures", "moins d'une heure".
std::string ReadableDuration(Duration duration, std::string_view locale);

}  // namespace quittance::notifications

// Times over the tz database of the machine, amounts and durations by hand.
#include "services/notifications/templates/readable.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "common/core/money.h"

namespace quittance::notifications {
namespace {

constexpr std::array<const char*, 12> kMonthsFr = {"janvier", "février", "mars",      "avril",   "mai",      "juin",
                                                   "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};
constexpr std::array<const char*, 12> kMonthsEn = {"January", "February", "March",     "April",   "May",      "June",
                                                   "July",    "August",   "September", "October", "November", "December"};

struct LocalTime {
  date::local_seconds time;
  std::string zone;
};

// The library reads stored transitions, which end with 2037, and not the rule behind them: from then on it would be an hour off in summer.
constexpr date::sys_days kKnownUntil{date::year{2038} / date::January / 1};

LocalTime ToLocal(date::sys_seconds time, std::string_view zone) {
  if (time >= kKnownUntil) return {date::local_seconds(time.time_since_epoch()), "UTC"};
  try {
    return {date::locate_zone(zone)->to_local(time), std::string(zone)};
  } catch (const std::exception&) {  // no such zone, or no tz database on this machine
    return {date::local_seconds(time.time_since_epoch()), "UTC"};
  }
}

}  // namespace

std::string ReadableTime(TimePoint time, std::string_view locale, std::string_view time_zone) {
  const LocalTime local = ToLocal(date::sys_seconds(std::chrono::seconds(UnixSeconds(time))), time_zone);
  const auto day = date::floor<date::days>(local.time);
  const date::year_month_day ymd(day);
  const date::hh_mm_ss clock(local.time - day);
  const auto month = static_cast<unsigned>(ymd.month()) - 1;
  const auto number = static_cast<unsigned>(ymd.day());
  char hours[8];
  std::snprintf(hours, sizeof hours, "%02d:%02d", static_cast<int>(clock.hours().count() % 24), static_cast<int>(clock.minutes().count()));
  const bool french = locale == "fr";
  const std::string day_text = french && number == 1 ? "1er" : std::to_string(number);
  return day_text + " " + (french ? kMonthsFr : kMonthsEn)[month] + " " + std::to_string(static_cast<int>(ymd.year())) +
         (french ? " à " : " at ") + hours + " (" + local.zone + ")";
}

std::string ReadableAmount(std::int64_t amount_minor, std::string_view currency_code, std::string_view locale) {
  const auto currency = Currency::Parse(currency_code);
  if (!currency) return "";
  std::string text = FormatAmount({amount_minor, *currency});
  if (locale == "fr") std::replace(text.begin(), text.end(), '.', ',');
  return text + " " + std::string(currency_code);
}

std::string ReadableDuration(Duration duration, std::string_view locale) {
  using std::chrono::hours;
  const bool french = locale == "fr";
  const auto count = [](std::int64_t number, const char* one, const char* many) {
    return std::to_string(number) + " " + (number == 1 ? one : many);
  };
  const std::int64_t whole = std::chrono::ceil<hours>(duration).count();
  if (duration < hours(1)) return french ? "moins d'une heure" : "less than an hour";
  if (whole < 36) return count(whole, french ? "heure" : "hour", french ? "heures" : "hours");
  return count((whole + 12) / 24, french ? "jour" : "day", french ? "jours" : "days");
}

}  // namespace quittance::notifications

// RFC 3339 by hand: g++ 12 has neither <format> nor chrono parsing. Invariant: what is not exactly of that form is refused, never guessed.
#include "common/core/time.h"

#include <cstdio>

namespace quittance {

namespace {

using std::chrono::microseconds;

// Takes fixed-width pieces off the front; every method fails for good after the first failure.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int Digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return Fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  void Expect(char c) {
    if (!Take(c)) Fail();
  }

  bool Take(char c) {
    if (failed_ || rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // One to nine digits; what is finer than a microsecond is cut off.
  microseconds Fraction() {
    std::int64_t micros = 0;
    int digits = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && digits < 9) {
      if (digits < 6) micros = micros * 10 + (rest_.front() - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    if (digits == 0) Fail();
    for (int i = digits; i < 6; ++i) micros *= 10;
    return microseconds(micros);
  }

  bool done() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  int Fail() {
    failed_ = true;
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

std::optional<microseconds> ParseOffset(Scanner& scanner) {
  if (scanner.Take('Z') || scanner.Take('z')) return microseconds(0);
  const bool behind = scanner.Take('-');
  if (!behind) scanner.Expect('+');
  const int hours = scanner.Digits(2);
  scanner.Expect(':');
  const int minutes = scanner.Digits(2);
  if (scanner.failed() || hours > 23 || minutes > 59) return std::nullopt;
  const microseconds offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return behind ? -offset : offset;
}

}  // namespace

std::string FormatRfc3339(TimePoint time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss<Duration> clock{time - days};
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return std::string(text, static_cast<std::size_t>(length));
}

std::optional<TimePoint> ParseRfc3339(std::string_view text) {
  Scanner scanner(text);
  const int year = scanner.Digits(4);
  scanner.Expect('-');
  const int month = scanner.Digits(2);
  scanner.Expect('-');
  const int day = scanner.Digits(2);
  if (!scanner.Take('t')) scanner.Expect('T');
  const int hour = scanner.Digits(2);
  scanner.Expect(':');
  const int minute = scanner.Digits(2);
  scanner.Expect(':');
  const int second = scanner.Digits(2);
  const microseconds fraction = scanner.Take('.') ? scanner.Fraction() : microseconds(0);
  if (scanner.failed()) return std::nullopt;
  const auto offset = ParseOffset(scanner);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!offset || !scanner.done() || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
         fraction - *offset;
}

std::int64_t UnixSeconds(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }
TimePoint FromUnixSeconds(std::int64_t seconds) { return TimePoint(std::chrono::seconds(seconds)); }
std::int64_t UnixMicros(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint FromUnixMicros(std::int64_t micros) { return TimePoint(microseconds(micros)); }

}  // namespace quittance

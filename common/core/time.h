// Time points: UTC, microseconds. Durations of 7 and 30 days are exact, so no time zone can shorten them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace quittance {

using Duration = std::chrono::microseconds;
using TimePoint = std::chrono::sys_time<Duration>;

// 2026-11-21T09:30:00.000000Z
std::string FormatRfc3339(TimePoint time);
// RFC 3339 with `Z` or an offset; nullopt for anything else.
std::optional<TimePoint> ParseRfc3339(std::string_view text);

std::int64_t UnixSeconds(TimePoint time);
TimePoint FromUnixSeconds(std::int64_t seconds);
std::int64_t UnixMicros(TimePoint time);
TimePoint FromUnixMicros(std::int64_t micros);

}  // namespace quittance

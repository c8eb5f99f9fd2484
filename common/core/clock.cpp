// The system's clock, and the test clock of a stack: system time plus an offset that only grows.
#include "common/core/clock.h"

#include <fstream>

namespace quittance {

namespace {

constexpr std::chrono::nanoseconds kReadAgainAfter = std::chrono::milliseconds(100);

std::int64_t SteadyNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Whole seconds; a file that is missing, empty or half written counts as 0 and is read again soon.
std::int64_t ReadOffset(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::int64_t seconds = 0;
  if (!(in >> seconds)) return 0;
  return seconds;
}

}  // namespace

TimePoint SystemClock::Now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

FileOffsetClock::FileOffsetClock(std::filesystem::path file) : file_(std::move(file)) {}

TimePoint FileOffsetClock::Now() const {
  const std::int64_t steady = SteadyNanos();
  std::int64_t due = next_read_ns_.load();
  // One thread reads, the others go on with the offset they have.
  if (steady >= due && next_read_ns_.compare_exchange_strong(due, steady + kReadAgainAfter.count())) {
    const std::int64_t read = ReadOffset(file_);
    std::int64_t known = offset_seconds_.load();
    while (read > known && !offset_seconds_.compare_exchange_weak(known, read)) {
    }
  }
  return SystemClock().Now() + std::chrono::seconds(offset_seconds_.load());
}

}  // namespace quittance

// Business time. Invariant: every business decision takes `now` from one Clock; leases and timeouts never do (they use database or steady
// time).
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>

#include "common/core/time.h"

namespace quittance {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override;
};

// The test clock: system time plus the seconds in a file that every process of a stack reads (QUITTANCE_TEST_CLOCK_FILE, `./dev clock
// +5d`). Forward only; the file is read again every 100 ms at most. Refused in the production profile (common/service).
class FileOffsetClock final : public Clock {
 public:
  explicit FileOffsetClock(std::filesystem::path file);
  TimePoint Now() const override;

 private:
  std::filesystem::path file_;
  mutable std::atomic<std::int64_t> offset_seconds_{0};
  mutable std::atomic<std::int64_t> next_read_ns_{0};
};

// Moves only when a test says so.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : now_(UnixMicros(start)) {}
  TimePoint Now() const override { return FromUnixMicros(now_); }
  void Advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace quittance

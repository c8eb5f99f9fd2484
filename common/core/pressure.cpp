// Reads the total of stalls and keeps the share of the time between two looks, smoothed over the last few.
#include "common/core/pressure.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>

namespace quittance {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kLookEvery{200};
constexpr double kGatherFrom = 0.5;

constexpr double kNotPretended = -1;
std::atomic<double> pretended{kNotPretended};

// some avg10=1.27 avg60=2.28 avg300=1.25 total=6116450
std::optional<std::int64_t> StalledMicros(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string word;
  if (!(in >> word) || word != "some") return std::nullopt;
  constexpr std::string_view kTotal = "total=";
  while (in >> word) {
    if (!word.starts_with(kTotal)) continue;
    try {
      return std::stoll(word.substr(kTotal.size()));
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::filesystem::path PressureFile() {
  const std::filesystem::path own = "/sys/fs/cgroup/cpu.pressure";
  return StalledMicros(own) ? own : "/proc/pressure/cpu";
}

}  // namespace

double PressureGauge::At(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (tried_ && now - *tried_ < kLookEvery) return pressure_;
  tried_ = now;
  const auto stalled = StalledMicros(file_);
  if (!stalled) return pressure_ = 0;
  if (last_) {
    const auto passed = std::chrono::duration_cast<microseconds>(now - last_->when).count();
    const double share = static_cast<double>(*stalled - last_->stalled_us) / static_cast<double>(passed);
    pressure_ = (pressure_ + std::clamp(share, 0.0, 1.0)) / 2;
  }
  last_ = {now, *stalled};
  return pressure_;
}

double CpuPressure() {
  if (const double said = pretended; said != kNotPretended) return said;
  static PressureGauge gauge(PressureFile());
  return gauge.At(std::chrono::steady_clock::now());
}

milliseconds CompanyWaitAt(double pressure) {
  const double over = std::clamp((pressure - kGatherFrom) / (1 - kGatherFrom), 0.0, 1.0);
  return milliseconds(std::lround(over * over * over * static_cast<double>(kCompanyWaitMax.count())));
}

milliseconds CompanyWait() { return CompanyWaitAt(CpuPressure()); }

milliseconds UnhurriedCompanyWait() { return 4 * CompanyWait(); }

void PretendCpuPressure(std::optional<double> pressure) { pretended = pressure.value_or(kNotPretended); }

}  // namespace quittance

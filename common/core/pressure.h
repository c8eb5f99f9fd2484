// How full the cores are, and what follows for work that is done for many at once. With idle cores it begins at once; on full ones it waits
// a moment for company, because a batch of ten costs little more than a batch of one, and whoever waits would wait for a core anyway.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>

namespace quittance {

// The share of the last moments, 0 to 1, in which something that could run waited for a core: Linux's pressure stall information, line
// "some" (https://docs.kernel.org/accounting/psi.html). 0 where the kernel keeps none.
class PressureGauge {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  explicit PressureGauge(std::filesystem::path file) : file_(std::move(file)) {}
  double At(SteadyTime now);  // the file is read every 200 ms at most

 private:
  struct Look {
    SteadyTime when;
    std::int64_t stalled_us;
  };
  const std::filesystem::path file_;
  std::mutex mutex_;
  std::optional<SteadyTime> tried_;  // also where there was nothing to read
  std::optional<Look> last_;
  double pressure_ = 0;
};

// Of this container where it has its own, else of the machine.
double CpuPressure();

// How long a batch may wait for company: nothing below a half of pressure, 9 ms at 0.8, 20 at 0.9, kCompanyWaitMax at 1.
inline constexpr std::chrono::milliseconds kCompanyWaitMax{40};
std::chrono::milliseconds CompanyWait();
std::chrono::milliseconds CompanyWaitAt(double pressure);
// The same for what nobody waits for on the line, the relay and the consumers: four times as long.
std::chrono::milliseconds UnhurriedCompanyWait();

// From now on CpuPressure() is this (tests); nothing: the machine's again.
void PretendCpuPressure(std::optional<double> pressure);

}  // namespace quittance

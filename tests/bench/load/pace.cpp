// One record per operation in memory that was taken beforehand; percentiles are exact.
#include "tests/bench/load/pace.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace quittance::bench {
namespace {

constexpr std::uint64_t kOperationsMax = 4'000'000;
constexpr std::chrono::seconds kTailMax{30};  // for what is still in flight at the end

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Record {
  float latency_ms = 0;
  float end_s = -1;  // since the start; below 0: not counted as a success
};

class PacedRun {
 public:
  PacedRun(const Offer& offer, const Start& start)
      : offer_(offer), start_(start), limit_(offer.count_max == 0 ? kOperationsMax : offer.count_max) {
    records_.resize(std::min(limit_, kOperationsMax));
  }

  void Closed() {
    for (int i = 0; i < offer_.in_flight; ++i) Next(Clock::now());
  }

  void Open() {
    const auto step = std::chrono::duration<double>(1.0 / offer_.rate);
    for (std::uint64_t i = 0; Since(Clock::now()) < offer_.seconds && i < limit_; ++i) {
      const auto due = begin_ + std::chrono::duration_cast<Clock::duration>(step * static_cast<double>(i));
      std::this_thread::sleep_until(due);
      Next(due);
    }
  }

  void Wait() {
    std::unique_lock lock(mutex_);
    if (offer_.rate <= 0) idle_.wait_for(lock, std::chrono::duration<double>(offer_.seconds), [this] { return Exhausted(); });
    idle_.wait_for(lock, kTailMax, [this] { return in_flight_ == 0; });
  }

  Json Report(double cpu, bool timeline) {
    const std::lock_guard lock(mutex_);
    std::vector<float> latencies;
    double last = 0;
    std::uint64_t ok_total = 0;
    std::uint64_t within = 0;
    std::vector<int> series(static_cast<std::size_t>((offer_.seconds + 60) * 10));
    for (const Record& record : records_) {
      if (record.end_s < 0) continue;
      ++ok_total;
      series[std::min(series.size() - 1, static_cast<std::size_t>(record.end_s * 10))]++;
      if (record.end_s < offer_.warm_up) continue;
      if (record.end_s <= offer_.seconds && record.latency_ms <= offer_.within_ms) ++within;
      last = std::max(last, static_cast<double>(record.end_s));
      latencies.push_back(record.latency_ms);
    }
    std::sort(latencies.begin(), latencies.end());
    const auto at = [&](double share) {
      if (latencies.empty()) return 0.0;
      return static_cast<double>(
          latencies[std::min(latencies.size() - 1, static_cast<std::size_t>(share * static_cast<double>(latencies.size())))]);
    };
    const double seconds = std::max(1e-9, last - offer_.warm_up);
    const auto ops = static_cast<double>(latencies.size());
    Json report = {{"ok_total", ok_total},
                   {"ops", latencies.size()},
                   {"failed", failed_},
                   {"unfinished", in_flight_.load()},
                   {"seconds", seconds},
                   {"per_second", ops / seconds},
                   {"within_per_second", static_cast<double>(within) / (offer_.seconds - offer_.warm_up)},
                   {"p50_ms", at(0.5)},
                   {"p90_ms", at(0.9)},
                   {"p99_ms", at(0.99)},
                   {"p999_ms", at(0.999)},
                   {"max_ms", at(1)},
                   {"why", why_},
                   {"client_cpu_us", cpu * 1e6 / std::max(1.0, ops)}};
    if (timeline) {
      while (!series.empty() && series.back() == 0) series.pop_back();
      report["per_100ms"] = series;
    }
    return report;
  }

 private:
  double Since(Clock::time_point time) const { return std::chrono::duration<double>(time - begin_).count(); }
  bool Exhausted() const { return started_ >= limit_ && in_flight_ == 0; }

  // Starts the next operation, unless the time is over.
  void Next(Clock::time_point due) {
    if (Since(Clock::now()) >= offer_.seconds) return;
    const std::uint64_t index = started_.fetch_add(1);
    if (index >= records_.size()) return;
    in_flight_.fetch_add(1);
    start_(index, [this, index, due](Ended ended) { End(index, due, ended); });
  }

  void End(std::uint64_t index, Clock::time_point due, const Ended& ended) {
    const auto now = Clock::now();
    if (ended.ok) {
      records_[index] = {std::chrono::duration<float, std::milli>(now - due).count(), static_cast<float>(Since(now))};
    } else {
      const std::lock_guard lock(mutex_);
      ++failed_;
      ++why_[ended.why];
    }
    if (offer_.rate <= 0) Next(now);
    if (in_flight_.fetch_sub(1) == 1) {
      const std::lock_guard lock(mutex_);
      idle_.notify_all();
    }
  }

  const Offer offer_;
  const Start& start_;
  const std::uint64_t limit_;
  const Clock::time_point begin_ = Clock::now();
  std::vector<Record> records_;
  std::atomic<std::uint64_t> started_{0};
  std::atomic<std::int64_t> in_flight_{0};
  std::mutex mutex_;
  std::condition_variable idle_;
  std::uint64_t failed_ = 0;
  std::map<std::string, std::uint64_t> why_;
};

}  // namespace

Json Drive(const Offer& offer, const Start& start, bool timeline) {
  // Left alive when operations never end: their callbacks may still come.
  const double begin_unix = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto* run = new PacedRun(offer, start);
  const double cpu = CpuSeconds();
  if (offer.rate > 0) {
    run->Open();
  } else {
    run->Closed();
  }
  run->Wait();
  Json report = run->Report(CpuSeconds() - cpu, timeline);
  report["begin_unix"] = begin_unix;
  return report;
}

}  // namespace quittance::bench

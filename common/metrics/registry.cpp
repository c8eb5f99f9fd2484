// prometheus-cpp's registry behind our three kinds. A series is made once and kept; its labels are held to what a closed list can hold.
#include "common/metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

#include "common/core/check.h"

namespace quittance::metrics {
namespace {

constexpr std::size_t kLabelBytesMax = 120;      // a full rpc name fits
constexpr std::size_t kSeriesPerNameMax = 1000;  // beyond: one common series, so that a mistake cannot eat the memory
constexpr std::string_view kOther = "_other";

// `usr_` and 32 digits: an id must never become a label.
bool HoldsId(const std::string& value) {
  std::size_t hex = 0;
  for (const char c : value) {
    hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? hex + 1 : 0;
    if (hex >= 32) return true;
  }
  return false;
}

Labels Clean(Labels labels) {
  for (auto& [name, value] : labels) {
    if (value.size() > kLabelBytesMax || HoldsId(value)) value = kOther;
  }
  return labels;
}

Labels Common(Labels labels) {
  for (auto& [name, value] : labels) value = kOther;
  return labels;
}

struct CounterSeries final : Counter {
  explicit CounterSeries(prometheus::Counter& c) : counter(c) {}
  void Add(double amount) override { counter.Increment(amount); }
  prometheus::Counter& counter;
};
struct GaugeSeries final : Gauge {
  explicit GaugeSeries(prometheus::Gauge& g) : gauge(g) {}
  void Set(double value) override { gauge.Set(value); }
  prometheus::Gauge& gauge;
};
struct HistogramSeries final : Histogram {
  explicit HistogramSeries(prometheus::Histogram& h) : histogram(h) {}
  void Observe(double value) override { histogram.Observe(value); }
  prometheus::Histogram& histogram;
};

// All series of one kind, by name and labels.
template <class Native, class Series>
struct Table {
  struct Name {
    prometheus::Family<Native>* family = nullptr;
    std::map<Labels, std::unique_ptr<Series>> series;
  };
  std::map<std::string, Name> names;

  template <class Build, class... Args>
  Series& Get(prometheus::Registry& registry, Build build, const std::string& name, const std::string& help, const Labels& raw,
              const Args&... args) {
    CHECK(name.starts_with("quittance_") || name.starts_with("grpc_"));
    Name& entry = names[name];
    if (entry.family == nullptr) entry.family = &build().Name(name).Help(help).Register(registry);
    Labels labels = Clean(raw);
    auto found = entry.series.find(labels);
    if (found == entry.series.end() && entry.series.size() >= kSeriesPerNameMax) {
      labels = Common(labels);
      found = entry.series.find(labels);
    }
    if (found == entry.series.end()) {
      found = entry.series.emplace(labels, std::make_unique<Series>(entry.family->Add(labels, args...))).first;
    }
    return *found->second;
  }
};

}  // namespace

const std::vector<double> kLatencySeconds = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

struct Registry::Impl {
  std::mutex mutex;
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  Table<prometheus::Counter, CounterSeries> counters;
  Table<prometheus::Gauge, GaugeSeries> gauges;
  Table<prometheus::Histogram, HistogramSeries> histograms;
  std::vector<std::function<void()>> refreshes;
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Counter& Registry::GetCounter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->counters.Get(impl_->registry, prometheus::BuildCounter, name, help, labels);
}

Gauge& Registry::GetGauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->gauges.Get(impl_->registry, prometheus::BuildGauge, name, help, labels);
}

Histogram& Registry::GetHistogram(const std::string& name, const std::string& help, const Labels& labels,
                                  const std::vector<double>& buckets) {
  const std::lock_guard lock(impl_->mutex);
  return impl_->histograms.Get(impl_->registry, prometheus::BuildHistogram, name, help, labels, buckets);
}

void Registry::OnScrape(std::function<void()> refresh) {
  const std::lock_guard lock(impl_->mutex);
  impl_->refreshes.push_back(std::move(refresh));
}

std::string Registry::Render() {
  std::vector<std::function<void()>> refreshes;
  {
    const std::lock_guard lock(impl_->mutex);
    refreshes = impl_->refreshes;
  }
  for (const auto& refresh : refreshes) refresh();  // without the lock: they set gauges
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace quittance::metrics

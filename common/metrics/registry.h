// Metrics of one process over prometheus-cpp core. Invariant: names begin with quittance_ or grpc_; labels come from closed lists, never
// from callers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace quittance::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Add(double amount = 1) = 0;
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

// go-grpc-prometheus's default buckets, in seconds.
extern const std::vector<double> kLatencySeconds;

class Registry {
 public:
  Registry();
  ~Registry();

  // The same name and labels give the same object; it lives as long as the registry.
  Counter& GetCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& GetGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& GetHistogram(const std::string& name, const std::string& help, const Labels& labels = {},
                          const std::vector<double>& buckets = kLatencySeconds);

  // Runs right before a scrape; for values that are read, not counted.
  void OnScrape(std::function<void()> refresh);

  // Text exposition format 0.0.4.
  std::string Render();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::metrics

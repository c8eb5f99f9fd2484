// GCRA in process: one number per key, exact retry hint, monotonic time. Invariant: bounded memory; when full, new keys share one overflow
// bucket and active ones keep their state.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace quittance::limit {

struct Rate {
  int count;  // allowed per `per`, and the burst
  std::chrono::milliseconds per;
};

class Gcra {
 public:
  explicit Gcra(std::size_t keys_max = 65'536);
  ~Gcra();

  // nullopt: allowed and counted. Otherwise how long to wait.
  std::optional<std::chrono::milliseconds> Take(std::string_view key, Rate rate);
  std::optional<std::chrono::milliseconds> Take(std::string_view key, Rate rate, std::chrono::steady_clock::time_point now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::limit

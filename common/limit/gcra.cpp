// The generic cell rate algorithm: per key the theoretical arrival time (TAT) of the next call, in integer nanoseconds.
// Sharded by key; an entry whose TAT has passed says nothing any more and may be swept. Nothing that still counts is ever evicted.
#include "common/limit/gcra.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "common/core/check.h"

namespace quittance::limit {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::size_t kShards = 16;
constexpr std::size_t kKeyBytesMax = 128;                 // a longer key is counted by its beginning
constexpr std::int64_t kSweepPauseNanos = 1'000'000'000;  // a full shard is swept at most once in this time

// One call against one TAT.
std::optional<milliseconds> Count(std::int64_t& tat, Rate rate, std::int64_t now) {
  const std::int64_t period = std::chrono::duration_cast<nanoseconds>(rate.per).count();
  const std::int64_t step = period / rate.count;
  // More than one period ahead can only be a clock that went back: that must not lock anybody out.
  tat = std::clamp(tat, now, now + period);
  const std::int64_t allowed_at = tat - step * (rate.count - 1);
  if (now < allowed_at) return std::chrono::ceil<milliseconds>(nanoseconds(allowed_at - now));
  tat += step;
  return std::nullopt;
}

struct KeyHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};

struct Shard {
  std::mutex mutex;
  std::unordered_map<std::string, std::int64_t, KeyHash, std::equal_to<>> tats;
  std::int64_t swept_at = 0;

  void Sweep(std::int64_t now) {
    if (now - swept_at < kSweepPauseNanos && now >= swept_at) return;
    swept_at = now;
    std::erase_if(tats, [now](const auto& entry) { return entry.second <= now; });
  }
};

}  // namespace

struct Gcra::Impl {
  explicit Impl(std::size_t keys_max) : keys_per_shard(std::max<std::size_t>(1, keys_max / kShards)) {}

  // Keys that found no room: one bucket per rate for all of them.
  std::optional<milliseconds> CountOverflow(Rate rate, std::int64_t now) {
    const std::lock_guard lock(overflow_mutex);
    return Count(overflow[{rate.count, rate.per.count()}], rate, now);
  }

  const std::size_t keys_per_shard;
  std::array<Shard, kShards> shards;
  std::mutex overflow_mutex;
  std::map<std::pair<int, std::int64_t>, std::int64_t> overflow;  // as many as there are rates in the code
};

Gcra::Gcra(std::size_t keys_max) : impl_(std::make_unique<Impl>(keys_max)) {}
Gcra::~Gcra() = default;

std::optional<milliseconds> Gcra::Take(std::string_view key, Rate rate) { return Take(key, rate, std::chrono::steady_clock::now()); }

std::optional<milliseconds> Gcra::Take(std::string_view key, Rate rate, std::chrono::steady_clock::time_point now) {
  CHECK(rate.count > 0 && rate.per > milliseconds(0));
  const std::int64_t nanos = std::chrono::duration_cast<nanoseconds>(now.time_since_epoch()).count();
  key = key.substr(0, kKeyBytesMax);
  Shard& shard = impl_->shards[KeyHash()(key) % kShards];
  {
    const std::lock_guard lock(shard.mutex);
    auto found = shard.tats.find(key);
    if (found == shard.tats.end()) {
      if (shard.tats.size() >= impl_->keys_per_shard) shard.Sweep(nanos);
      if (shard.tats.size() < impl_->keys_per_shard) found = shard.tats.emplace(std::string(key), 0).first;
    }
    if (found != shard.tats.end()) return Count(found->second, rate, nanos);
  }
  return impl_->CountOverflow(rate, nanos);
}

}  // namespace quittance::limit

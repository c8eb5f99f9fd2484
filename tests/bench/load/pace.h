// How load is offered: closed (so many in flight, the next starts when one ends) or open (one every 1/rate seconds, whatever happens).
// Invariant: an open loop's latency counts from the moment at which the operation was due, so a stall is seen by all that it delayed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace quittance::bench {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

struct Offer {
  int in_flight = 256;          // closed loop
  double rate = 0;              // a second; above 0: open loop
  double seconds = 5;           // how long operations are started
  std::uint64_t count_max = 0;  // 0: no limit
  double warm_up = 0;           // seconds at the beginning that do not count
  double within_ms = 1e9;       // goodput: what succeeds later than that after it was due does not count
};

// How one operation ended.
struct Ended {
  bool ok = false;
  std::string why;  // where it is not ok: a code or status, counted by its text
};

// Starts operation number `index`; calls `done` once, from any thread.
using Done = std::function<void(Ended)>;
using Start = std::function<void(std::uint64_t index, Done done)>;

// Drives the load and gives {ok_total, ops (after the warm-up), failed, unfinished, why, seconds, per_second, within_per_second, p50_ms to
// max_ms, client_cpu_us, begin_unix}. `timeline`: per_100ms, the successes of each 100 ms from the start.
Json Drive(const Offer& offer, const Start& start, bool timeline = false);

}  // namespace quittance::bench

// argon2id behind a bulkhead: threads of its own, a bounded queue, a bounded wait. Memory is at most (threads x 19 MiB), however many log
// in. Invariant: a running hash owns its thread to its end (a caller that has gone does not free it); a full or slow queue refuses
// everybody alike, and tells each to come at another moment.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "common/async/task.h"
#include "common/core/result.h"
#include "common/core/secret.h"
#include "services/auth/domain/password.h"

namespace quittance::metrics {
class Registry;
}

namespace quittance::auth {

inline constexpr std::size_t kHashQueueMax = 64;
inline constexpr std::chrono::milliseconds kHashWaitMax{1000};
// When those who were refused may come again: in a row that moves as fast as passwords are hashed, so that a crowd does not come back at
// once. Whoever would have to wait longer than the last moment is put among the first.
inline constexpr std::chrono::milliseconds kComeAgainFirst{1000};
inline constexpr std::chrono::milliseconds kComeAgainLast{30'000};

class PasswordHasher {
 public:
  // `threads` 0: one per core. They run at SCHED_IDLE: a thousand logins take the time that nobody else wants. Whoever has waited for
  // `wait_max` is refused; a command that hashes one password waits as long as the machine lets it.
  PasswordHasher(int threads, metrics::Registry& metrics, const HashCost& cost = kHashCost,
                 std::chrono::milliseconds wait_max = kHashWaitMax);
  ~PasswordHasher();  // finishes what is queued
  PasswordHasher(const PasswordHasher&) = delete;

  const HashCost& cost() const;  // of new hashes

  // A place for somebody whose password will be verified, from before the first look-up on; as many as are hashed within
  // `wait_max`, as fast as it goes of late. In a flood whoever gets none costs nothing more. Refusal as below.
  struct Leave {
    void operator()(std::atomic<int>* taken) const { taken->fetch_sub(1); }
  };
  using Seat = std::unique_ptr<std::atomic<int>, Leave>;
  Result<Seat> TakeSeat();

  // The encoded hash. Refusal: RESOURCE_EXHAUSTED, OVERLOADED.
  Task<Result<std::string>> Hash(Secret password);

  // Whether the password fits. No stored hash, or one whose parameters are out of bounds: a dummy of the same cost is hashed and the answer
  // is no, so that the time tells nothing. Same refusal.
  Task<Result<bool>> Verify(Secret password, std::optional<std::string> encoded);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::auth

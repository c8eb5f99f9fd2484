// Where detached work leaves its answer for the call that started it.
// Invariant: the work never waits for the call, the call never beyond its deadline.
#pragma once

#include <memory>

#include "common/async/executor.h"
#include "common/core/result.h"
#include "common/db/idempotency.h"

namespace quittance::billing {

// A caller without a deadline, or with a long one, waits 12 s at most; with a short one until 200 ms before it.
inline constexpr std::chrono::milliseconds kAnswerWaitMax{12'000};
inline constexpr std::chrono::milliseconds kAnswerMargin{200};

class ReplySlot {
 public:
  explicit ReplySlot(async::Executor& executor);
  ~ReplySlot();

  // nullopt: the work ended without an answer of its own (another process has it).
  void Put(std::optional<Result<db::Reply>> answer);

  enum class State { kAnswered, kGone, kLate };
  struct Waited {
    State state;
    std::optional<Result<db::Reply>> answer;  // kAnswered
  };
  static Task<Waited> Wait(std::shared_ptr<ReplySlot> slot, SteadyTime deadline);

 private:
  static Task<void> Watch(std::shared_ptr<ReplySlot> slot, SteadyTime until);

  struct Impl;
  async::Executor& executor_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace quittance::billing

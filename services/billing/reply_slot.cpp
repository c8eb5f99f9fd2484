// A one-shot meeting of work and caller. Who comes first, answer or patience, resumes the caller; the other finds nobody there.
#include "services/billing/reply_slot.h"

#include <algorithm>
#include <mutex>

namespace quittance::billing {
namespace {

// How soon a watch notices that its slot is done: a drain waits for it.
constexpr std::chrono::milliseconds kWatchStep{100};

}  // namespace

struct ReplySlot::Impl {
  std::mutex mutex;
  bool done = false;
  std::optional<Result<db::Reply>> answer;
  std::function<void(async::Outcome<bool>)> resume;

  bool Done() {
    const std::lock_guard lock(mutex);
    return done;
  }
  void Resume() {
    std::function<void(async::Outcome<bool>)> waiting;
    {
      const std::lock_guard lock(mutex);
      std::swap(waiting, resume);
    }
    if (waiting) waiting({nullptr, true});
  }
};

ReplySlot::ReplySlot(async::Executor& executor) : executor_(executor), impl_(std::make_unique<Impl>()) {}
ReplySlot::~ReplySlot() = default;

void ReplySlot::Put(std::optional<Result<db::Reply>> answer) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->done) return;
    impl_->done = true;
    impl_->answer = std::move(answer);
  }
  impl_->Resume();
}

Task<void> ReplySlot::Watch(std::shared_ptr<ReplySlot> slot, SteadyTime until) {
  for (auto now = std::chrono::steady_clock::now(); now < until && !slot->impl_->Done(); now = std::chrono::steady_clock::now()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    co_await async::Sleep(std::min(left, kWatchStep));
  }
  slot->impl_->Resume();
}

Task<ReplySlot::Waited> ReplySlot::Wait(std::shared_ptr<ReplySlot> slot, SteadyTime deadline) {
  auto until = std::chrono::steady_clock::now() + kAnswerWaitMax;
  if (deadline != SteadyTime{}) until = std::min(until, deadline - kAnswerMargin);
  std::function<void(std::function<void(async::Outcome<bool>)>)> start = [slot, until](std::function<void(async::Outcome<bool>)> complete) {
    {
      const std::lock_guard lock(slot->impl_->mutex);
      if (!slot->impl_->done) std::swap(slot->impl_->resume, complete);
    }
    if (complete) {
      complete({nullptr, true});
    } else {
      slot->executor_.Spawn(Watch(slot, until));
    }
  };
  co_await async::Suspend<bool>(start);
  const std::lock_guard lock(slot->impl_->mutex);
  if (!slot->impl_->done) co_return Waited{State::kLate, std::nullopt};
  if (!slot->impl_->answer) co_return Waited{State::kGone, std::nullopt};
  co_return Waited{State::kAnswered, slot->impl_->answer};
}

}  // namespace quittance::billing

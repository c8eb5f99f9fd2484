// A one-shot meeting of work and caller, with a timer for the caller's patience.
#include "services/billing/reply_slot.h"

#include <boost/asio/steady_timer.hpp>
#include <mutex>

namespace quittance::billing {

struct ReplySlot::Impl {
  explicit Impl(async::Executor& executor) : timer(executor.context()) {}

  std::mutex mutex;  // guards everything, the timer's own calls too
  boost::asio::steady_timer timer;
  bool done = false;
  std::optional<Result<db::Reply>> answer;
  std::function<void(async::Outcome<bool>)> resume;

  // Whoever comes first, work or timer, resumes the caller.
  void Resume(bool in_time) {
    std::function<void(async::Outcome<bool>)> waiting;
    {
      const std::lock_guard lock(mutex);
      std::swap(waiting, resume);
    }
    if (waiting) waiting({nullptr, in_time});
  }
};

ReplySlot::ReplySlot(async::Executor& executor) : impl_(std::make_unique<Impl>(executor)) {}
ReplySlot::~ReplySlot() = default;

void ReplySlot::Put(std::optional<Result<db::Reply>> answer) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->done) return;
    impl_->done = true;
    impl_->answer = std::move(answer);
    impl_->timer.cancel();
  }
  impl_->Resume(true);
}

Task<ReplySlot::Waited> ReplySlot::Wait(std::shared_ptr<ReplySlot> slot, SteadyTime deadline) {
  const auto now = std::chrono::steady_clock::now();
  auto until = now + kAnswerWaitMax;
  if (deadline != SteadyTime{}) until = std::min(until, deadline - kAnswerMargin);
  std::function<void(std::function<void(async::Outcome<bool>)>)> start = [slot, until](std::function<void(async::Outcome<bool>)> complete) {
    auto& impl = *slot->impl_;
    bool ready = false;
    {
      const std::lock_guard lock(impl.mutex);
      ready = impl.done;
      if (!ready) {
        impl.resume = complete;
        impl.timer.expires_at(until);
        impl.timer.async_wait([slot](const boost::system::error_code&) { slot->impl_->Resume(false); });
      }
    }
    if (ready) complete({nullptr, true});
  };
  co_await async::Suspend<bool>(start);
  const std::lock_guard lock(slot->impl_->mutex);
  if (!slot->impl_->done) co_return Waited{State::kLate, std::nullopt};
  if (!slot->impl_->answer) co_return Waited{State::kGone, std::nullopt};
  co_return Waited{State::kAnswered, slot->impl_->answer};
}

}  // namespace quittance::billing

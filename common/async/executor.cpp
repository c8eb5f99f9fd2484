// Threads over one io_context, and the only file that knows how a coroutine of Asio is suspended and resumed.
#include "common/async/executor.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "common/core/check.h"

namespace quittance::async {

namespace asio = boost::asio;

struct Executor::Impl {
  explicit Impl(int count) : context(count), work(asio::make_work_guard(context)) {}

  void Started() {
    const std::lock_guard lock(mutex);
    ++running;
  }

  void Ended() {
    const std::lock_guard lock(mutex);
    if (--running == 0) idle.notify_all();
  }

  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable idle;
  std::size_t running = 0;
};

namespace {

[[noreturn]] void AbortOn(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "a detached task let an exception out: %s\n", e.what());
  } catch (...) {
    std::fprintf(stderr, "a detached task let an unknown exception out\n");
  }
  std::abort();
}

using Entry = asio::awaitable<asio::detail::awaitable_thread_entry_point>;

// What co_spawn would begin with, without its way through the queue before the first step and after the last.
// The task's frame is gone before `ended` is called.
Entry Run(Task<void> task, std::function<void(std::exception_ptr)> ended) {
  std::exception_ptr fault;
  try {
    Task<void> mine = std::move(task);
    co_await std::move(mine);
  } catch (...) {
    fault = std::current_exception();
  }
  ended(fault);
}

}  // namespace

Executor::Executor(int threads) : impl_(std::make_unique<Impl>(threads)) {
  CHECK(threads > 0);
  for (int i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([this] { impl_->context.run(); });
  }
}

Executor::~Executor() {
  Stop();
  for (std::thread& thread : impl_->threads) thread.join();
}

asio::io_context& Executor::context() { return impl_->context; }

void Executor::Spawn(Task<void> task) {
  impl_->Started();
  asio::co_spawn(impl_->context, std::move(task), [this](std::exception_ptr fault) {
    if (fault) AbortOn(fault);
    impl_->Ended();
  });
}

void Executor::SpawnHere(Task<void> task) {
  impl_->Started();
  auto entry = Run(std::move(task), [this](const std::exception_ptr& fault) {
    if (fault) AbortOn(fault);
    impl_->Ended();
  });
  asio::detail::awaitable_handler<asio::any_io_executor, void>(std::move(entry), impl_->context.get_executor(), asio::cancellation_slot(),
                                                               asio::cancellation_state())
      .launch();
}

bool Executor::Drain(SteadyTime deadline) {
  std::unique_lock lock(impl_->mutex);
  return impl_->idle.wait_until(lock, deadline, [this] { return impl_->running == 0; });
}

void Executor::Stop() {
  impl_->work.reset();
  impl_->context.stop();
}

Task<void> Sleep(std::chrono::milliseconds duration) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

namespace internal {

Task<void> SuspendUntilResumed(std::function<void(std::function<void()>)> start) {
  auto initiate = [start = std::move(start)](auto handler) mutable {
    // The frame that holds `start` may end before start() returns, when another thread resumes it at once: run it from the stack.
    const auto run = std::move(start);
    auto executor = asio::get_associated_executor(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    run([executor, shared] { asio::post(executor, [shared] { std::move (*shared)(); }); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate), asio::use_awaitable);
}

void RunToEnd(Executor& executor, Task<void> task) {
  std::promise<void> ended;
  std::future<void> waiting = ended.get_future();
  asio::co_spawn(executor.context(), std::move(task), [&ended](std::exception_ptr fault) {
    if (fault) AbortOn(fault);
    ended.set_value();
  });
  waiting.wait();
}

}  // namespace internal

}  // namespace quittance::async

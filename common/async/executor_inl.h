// Templates of executor.h. The machinery of Asio stays in executor.cpp: what is compiled everywhere is only the way values travel.
#pragma once

namespace quittance::async {

namespace internal {

// Suspends the caller; `start` runs after the suspension and is given the function that resumes it, once, from any thread.
Task<void> SuspendUntilResumed(std::function<void(std::function<void()>)> start);

// Runs `task` on the executor and blocks this thread until it has ended. `task` must not throw.
void RunToEnd(Executor& executor, Task<void> task);

template <class T>
Task<void> StoreOutcome(Task<T> task, std::shared_ptr<Outcome<T>> outcome) {
  try {
    T value = co_await std::move(task);
    outcome->value.emplace(std::move(value));
  } catch (...) {
    outcome->fault = std::current_exception();
  }
}

inline Task<void> StoreFault(Task<void> task, std::shared_ptr<std::exception_ptr> fault) {
  try {
    co_await std::move(task);
  } catch (...) {
    *fault = std::current_exception();
  }
}

}  // namespace internal

// Whoever completes must end before the executor does: `complete` posts to it.
template <class T>
Task<T> Suspend(std::function<void(std::function<void(Outcome<T>)>)> start) {
  // Shared, because a coroutine may be thrown away while its answer is still under way.
  auto slot = std::make_shared<Outcome<T>>();
  std::function<void(std::function<void()>)> begin = [slot, start = std::move(start)](std::function<void()> resume) {
    start([slot, resume = std::move(resume)](Outcome<T> outcome) {
      *slot = std::move(outcome);
      resume();
    });
  };
  co_await internal::SuspendUntilResumed(std::move(begin));
  if (slot->fault) std::rethrow_exception(slot->fault);
  if constexpr (!std::is_void_v<T>) co_return std::move(*slot->value);
}

template <class T>
T RunSync(Executor& executor, Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    auto fault = std::make_shared<std::exception_ptr>();
    internal::RunToEnd(executor, internal::StoreFault(std::move(task), fault));
    if (*fault) std::rethrow_exception(*fault);
  } else {
    auto outcome = std::make_shared<Outcome<T>>();
    internal::RunToEnd(executor, internal::StoreOutcome(std::move(task), outcome));
    if (outcome->fault) std::rethrow_exception(outcome->fault);
    return std::move(*outcome->value);
  }
}

}  // namespace quittance::async

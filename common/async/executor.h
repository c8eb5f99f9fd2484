// The threads that run coroutines, and the group of detached work that a drain waits for.
// Invariant: nothing blocking runs here; the database, curl and Kafka have threads of their own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include "common/async/task.h"

namespace quittance::async {

class Executor {
 public:
  explicit Executor(int threads);
  ~Executor();  // Stop(), then joins
  Executor(const Executor&) = delete;

  boost::asio::io_context& context();

  // Runs `task` detached. An exception that leaves it is a bug of the edge loop that started it and aborts.
  void Spawn(Task<void> task);

  // The same, but on this thread until the task first waits for something: a task that never does costs no change of threads.
  void SpawnHere(Task<void> task);

  // Waits until all spawned tasks have ended, at most until `deadline`; false if some still run.
  bool Drain(SteadyTime deadline);
  void Stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Suspends the caller for `duration`.
Task<void> Sleep(std::chrono::milliseconds duration);

// Suspends the caller until `complete` is called once, from any thread: the bridge from callback libraries to coroutines.
//   auto rows = co_await Suspend<Rows>([&](auto complete) { pool.Post([complete] { complete(Run()); }); });
// `complete` takes an expected-like Outcome<T>: a value or an exception_ptr.
template <class T>
struct Outcome {
  std::exception_ptr fault;
  std::optional<T> value;
};
template <>
struct Outcome<void> {
  std::exception_ptr fault;
};
template <class T>
Task<T> Suspend(std::function<void(std::function<void(Outcome<T>)>)> start);

// Runs a coroutine to its end while this thread, which is none of the executor's, waits (tests, command line, threads of one's own).
template <class T>
T RunSync(Executor& executor, Task<T> task);

}  // namespace quittance::async

#include "common/async/executor_inl.h"

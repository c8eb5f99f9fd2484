// The bridge between callbacks and coroutines, and the group of detached work that a drain waits for.
#include "common/async/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace quittance::async {
namespace {

using std::chrono::milliseconds;

SteadyTime In(milliseconds time) { return std::chrono::steady_clock::now() + time; }

// Threads that complete; declared after the executor, so that they end before it does.
class Threads {
 public:
  ~Threads() {
    const std::lock_guard lock(mutex_);
    threads_.clear();
  }
  void Run(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    threads_.emplace_back(std::move(work));
  }

 private:
  std::mutex mutex_;
  std::vector<std::jthread> threads_;
};

Task<int> AnswerFromAnotherThread(int value, Threads& threads) {
  std::function<void(std::function<void(Outcome<int>)>)> start = [value, &threads](std::function<void(Outcome<int>)> complete) {
    threads.Run([complete, value] { complete({nullptr, value}); });
  };
  const int answer = co_await Suspend<int>(std::move(start));
  co_return answer + 1;
}

Task<int> FaultFromAnotherThread(Threads& threads) {
  std::function<void(std::function<void(Outcome<int>)>)> start = [&threads](std::function<void(Outcome<int>)> complete) {
    threads.Run([complete] { complete({std::make_exception_ptr(std::runtime_error("down")), std::nullopt}); });
  };
  const int answer = co_await Suspend<int>(std::move(start));
  co_return answer;
}

Task<void> CountAfter(milliseconds pause, std::atomic<int>& count) {
  co_await Sleep(pause);
  ++count;
}

Task<void> NoteThreads(milliseconds pause, std::vector<std::thread::id>& seen) {
  seen.push_back(std::this_thread::get_id());
  if (pause > milliseconds(0)) co_await Sleep(pause);
  seen.push_back(std::this_thread::get_id());
}

TEST(Executor, SpawnHereRunsOnThisThreadUntilItWaits) {
  Executor executor(1);
  std::vector<std::thread::id> straight, waiting;
  executor.SpawnHere(NoteThreads(milliseconds(0), straight));
  EXPECT_EQ(straight, (std::vector{std::this_thread::get_id(), std::this_thread::get_id()})) << "done before it returns";
  executor.SpawnHere(NoteThreads(milliseconds(5), waiting));
  ASSERT_TRUE(executor.Drain(In(milliseconds(20'000)))) << "a drain waits for it as for any other";
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_EQ(waiting[0], std::this_thread::get_id());
  EXPECT_NE(waiting[1], std::this_thread::get_id());
}

TEST(Executor, SuspendResumesWithTheValueOfAnotherThread) {
  Executor executor(2);
  Threads threads;
  for (int i = 0; i < 200; ++i) EXPECT_EQ(RunSync(executor, AnswerFromAnotherThread(i, threads)), i + 1);
}

TEST(Executor, SuspendRethrowsTheFaultOfAnotherThread) {
  Executor executor(1);
  Threads threads;
  EXPECT_THROW(RunSync(executor, FaultFromAnotherThread(threads)), std::runtime_error);
}

TEST(Executor, SuspendMayCompleteAtOnce) {
  Executor executor(1);
  std::function<void(std::function<void(Outcome<void>)>)> start = [](std::function<void(Outcome<void>)> complete) { complete({}); };
  RunSync(executor, Suspend<void>(std::move(start)));
}

TEST(Executor, DrainWaitsForSpawnedTasks) {
  Executor executor(2);
  std::atomic<int> count{0};
  for (int i = 0; i < 50; ++i) executor.Spawn(CountAfter(milliseconds(20), count));
  EXPECT_TRUE(executor.Drain(In(milliseconds(5000))));
  EXPECT_EQ(count, 50);
}

TEST(Executor, DrainGivesUpAtItsDeadline) {
  Executor executor(1);
  std::atomic<int> count{0};
  executor.Spawn(CountAfter(milliseconds(400), count));
  EXPECT_FALSE(executor.Drain(In(milliseconds(20))));
  EXPECT_EQ(count, 0);
  EXPECT_TRUE(executor.Drain(In(milliseconds(5000))));
}

TEST(ExecutorDeathTest, AnExceptionOutOfADetachedTaskAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Executor executor(1);
        executor.Spawn([]() -> Task<void> {
          co_await Sleep(milliseconds(1));
          throw std::runtime_error("a bug");
        }());
        executor.Drain(In(milliseconds(2000)));
      },
      "a bug");
}

}  // namespace
}  // namespace quittance::async

// The bridge between callbacks and coroutines, and the group of detached work that a drain waits for.
#include "common/async/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace quittance::async {
namespace {

using std::chrono::milliseconds;

SteadyTime In(milliseconds time) { return std::chrono::steady_clock::now() + time; }

Task<int> AnswerFromAnotherThread(int value) {
  std::function<void(std::function<void(Outcome<int>)>)> start = [value](std::function<void(Outcome<int>)> complete) {
    std::thread([complete, value] { complete({nullptr, value}); }).detach();
  };
  const int answer = co_await Suspend<int>(std::move(start));
  co_return answer + 1;
}

Task<int> FaultFromAnotherThread() {
  std::function<void(std::function<void(Outcome<int>)>)> start = [](std::function<void(Outcome<int>)> complete) {
    std::thread([complete] { complete({std::make_exception_ptr(std::runtime_error("down")), std::nullopt}); }).detach();
  };
  const int answer = co_await Suspend<int>(std::move(start));
  co_return answer;
}

Task<void> CountAfter(milliseconds pause, std::atomic<int>& count) {
  co_await Sleep(pause);
  ++count;
}

TEST(Executor, SuspendResumesWithTheValueOfAnotherThread) {
  Executor executor(2);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(RunSync(executor, AnswerFromAnotherThread(i)), i + 1);
}

TEST(Executor, SuspendRethrowsTheFaultOfAnotherThread) {
  Executor executor(1);
  EXPECT_THROW(RunSync(executor, FaultFromAnotherThread()), std::runtime_error);
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

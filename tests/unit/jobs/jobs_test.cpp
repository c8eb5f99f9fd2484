// The loop of the jobs: again at once while rows are found, a pause after a fault, a wake, a bounded stop.
#include "common/jobs/jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/core/fault.h"

namespace quittance::jobs {
namespace {

using std::chrono::milliseconds;

SteadyTime In(milliseconds time) { return std::chrono::steady_clock::now() + time; }

template <class Condition>
bool Eventually(Condition condition, milliseconds limit = milliseconds(60'000)) {
  for (const SteadyTime end = In(limit); std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(milliseconds(2))) {
    if (condition()) return true;
  }
  return condition();
}

// A job whose runs give these numbers of rows, then none; a negative number is a fault.
struct Script {
  std::vector<int> rows;
  std::atomic<int> runs{0};

  Job As(std::string name, milliseconds interval) {
    return {std::move(name), interval, [this]() -> Task<int> { return Next(); }};
  }
  Task<int> Next() {
    const int run = runs++;
    const int found = run < static_cast<int>(rows.size()) ? rows[static_cast<std::size_t>(run)] : 0;
    if (found < 0) throw Fault("the database is away");
    co_return found;
  }
};

TEST(Jobs, RunsAgainAtOnceWhileRowsAreFound) {
  async::Executor executor(2);
  metrics::Registry metrics;
  Script script{{3, 2, 1}};
  Jobs jobs({script.As("expire", milliseconds(100))}, executor, metrics);
  jobs.Start();
  EXPECT_TRUE(Eventually([&] { return script.runs >= 4; }, milliseconds(400)));
  jobs.Stop(In(milliseconds(1000)));
  const std::string text = metrics.Render();
  EXPECT_NE(text.find("quittance_job_rows_total{job=\"expire\"} 6"), std::string::npos) << text;
  EXPECT_NE(text.find("quittance_job_last_success_timestamp_seconds{job=\"expire\"}"), std::string::npos);
}

TEST(Jobs, J07_FirstPhaseIsRandom) {
  async::Executor executor(2);
  metrics::Registry metrics;
  std::vector<Script> scripts(20);
  std::vector<Job> table;
  for (std::size_t i = 0; i < scripts.size(); ++i) table.push_back(scripts[i].As("job_" + std::to_string(i), milliseconds(60'000)));
  Jobs jobs(std::move(table), executor, metrics);
  jobs.Start();
  std::this_thread::sleep_for(milliseconds(300));
  int begun = 0;
  for (const Script& script : scripts) begun += script.runs > 0 ? 1 : 0;
  EXPECT_LT(begun, 5);  // spread over a minute, not all at the start
  jobs.Stop(In(milliseconds(1000)));
}

TEST(Jobs, WakeRunsAtOnce) {
  async::Executor executor(2);
  metrics::Registry metrics;
  Script script;
  Script other;
  Jobs jobs({script.As("remind", milliseconds(60'000)), other.As("other", milliseconds(60'000))}, executor, metrics);
  jobs.Start();
  jobs.Wake("remind");
  EXPECT_TRUE(Eventually([&] { return script.runs == 1; }));
  jobs.Wake("remind");
  EXPECT_TRUE(Eventually([&] { return script.runs == 2; }));
  EXPECT_LE(other.runs, 1);
  jobs.Stop(In(milliseconds(1000)));
}

TEST(Jobs, J16_AFaultPausesOneJobAndNotTheOthers) {
  async::Executor executor(2);
  metrics::Registry metrics;
  Script failing{{-1, -1, 5}};
  Script healthy;
  Jobs jobs({failing.As("failing", milliseconds(10)), healthy.As("healthy", milliseconds(10))}, executor, metrics);
  jobs.Start();
  EXPECT_TRUE(Eventually([&] { return failing.runs >= 1 && healthy.runs >= 10; }, milliseconds(2000)));
  EXPECT_LE(failing.runs, 2);  // half a second of pause at least in the mean
  EXPECT_TRUE(Eventually([&] { return failing.runs >= 4; }, milliseconds(8000)));
  jobs.Stop(In(milliseconds(1000)));
  const std::string text = metrics.Render();
  EXPECT_NE(text.find("quittance_job_runs_total{job=\"failing\",result=\"failed\"} 2"), std::string::npos) << text;
}

TEST(Jobs, AWakeDoesNotShortenThePauseAfterAFault) {
  async::Executor executor(2);
  metrics::Registry metrics;
  Script script{{-1}};
  Jobs jobs({script.As("job", milliseconds(1))}, executor, metrics);
  jobs.Start();
  EXPECT_TRUE(Eventually([&] { return script.runs == 1; }));
  for (int i = 0; i < 20; ++i) {
    jobs.Wake("job");
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(script.runs, 1);
  jobs.Stop(In(milliseconds(1000)));
}

TEST(Jobs, StopWaitsForTheRunUnderWay) {
  async::Executor executor(2);
  metrics::Registry metrics;
  std::atomic<bool> begun{false};
  std::atomic<bool> ended{false};
  auto slow = [&]() -> Task<int> {
    begun = true;
    co_await async::Sleep(milliseconds(200));
    ended = true;
    co_return 1;
  };
  Jobs jobs({{"slow", milliseconds(1), slow}}, executor, metrics);
  jobs.Start();
  ASSERT_TRUE(Eventually([&] { return begun.load(); }));
  jobs.Stop(In(milliseconds(5000)));
  EXPECT_TRUE(ended);
}

TEST(Jobs, StopIsBounded) {
  async::Executor executor(2);
  metrics::Registry metrics;
  std::atomic<bool> begun{false};
  std::atomic<bool> ended{false};
  auto endless = [&]() -> Task<int> {
    begun = true;
    co_await async::Sleep(milliseconds(3000));
    ended = true;
    co_return 0;
  };
  Jobs jobs({{"endless", milliseconds(1), endless}}, executor, metrics);
  jobs.Start();
  ASSERT_TRUE(Eventually([&] { return begun.load(); }));
  jobs.Stop(In(milliseconds(100)));
  EXPECT_FALSE(ended) << "not waited for";
  EXPECT_TRUE(Eventually([&] { return ended.load(); }));
}

}  // namespace
}  // namespace quittance::jobs

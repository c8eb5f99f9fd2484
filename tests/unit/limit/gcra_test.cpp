// Limits under attack: exact hints, bounded memory, clocks that jump.
#include "common/limit/gcra.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace quittance::limit {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

const steady_clock::time_point kStart{1000h};
constexpr Rate kFive{5, 60s};

TEST(Gcra, FiveAMinuteThenAnExactHint) {
  Gcra gcra;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(gcra.Take("a", kFive, kStart)) << i;
  const auto wait = gcra.Take("a", kFive, kStart);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, 12s);
  EXPECT_EQ(*gcra.Take("a", kFive, kStart), 12s);  // a refused call costs nothing
  EXPECT_FALSE(gcra.Take("b", kFive, kStart));
  EXPECT_EQ(*gcra.Take("a", kFive, kStart + 12s - 1ms), 1ms);
  EXPECT_FALSE(gcra.Take("a", kFive, kStart + 12s));
  EXPECT_TRUE(gcra.Take("a", kFive, kStart + 12s));
}

TEST(Gcra, NeverMoreThanBurstPlusRate) {
  Gcra gcra;
  int taken = 0;
  for (auto at = kStart; at < kStart + 10min; at += 100ms) taken += gcra.Take("a", kFive, at) ? 0 : 1;
  EXPECT_LE(taken, 55);
  EXPECT_GE(taken, 54);
}

TEST(Gcra, N10_AClockThatJumpsForwardGivesNoMoreThanTheBurst) {
  Gcra gcra;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(gcra.Take("a", kFive, kStart));
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += gcra.Take("a", kFive, kStart + 24h) ? 0 : 1;
  EXPECT_EQ(taken, 5);
}

TEST(Gcra, N10_AClockThatJumpsBackLocksNobodyOutForLong) {
  Gcra gcra;
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(gcra.Take("a", kFive, kStart + 24h));
  const auto wait = gcra.Take("a", kFive, kStart);
  ASSERT_TRUE(wait);
  EXPECT_LE(*wait, 60s);
  EXPECT_FALSE(gcra.Take("a", kFive, kStart + *wait));
}

TEST(Gcra, N09_NewKeysShareOneBucketWhenFullAndActiveOnesKeepTheirState) {
  Gcra gcra(160);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(gcra.Take("victim", kFive, kStart));
  int taken = 0;
  for (int i = 0; i < 100'000; ++i) taken += gcra.Take("attacker-" + std::to_string(i), kFive, kStart) ? 0 : 1;
  EXPECT_LE(taken, 160 + 5);  // each stored key once, then the common bucket
  EXPECT_TRUE(gcra.Take("victim", kFive, kStart));
  EXPECT_FALSE(gcra.Take("victim", kFive, kStart + 12s));
}

TEST(Gcra, N09_ExpiredKeysMakeRoomAgain) {
  Gcra gcra(160);
  for (int i = 0; i < 10'000; ++i) gcra.Take("old-" + std::to_string(i), kFive, kStart);
  int taken = 0;
  for (int i = 0; i < 32; ++i) taken += gcra.Take("new-" + std::to_string(i), kFive, kStart + 1h) ? 0 : 1;
  EXPECT_EQ(taken, 32);
}

TEST(Gcra, LongKeysAreCountedByTheirBeginning) {
  Gcra gcra;
  const std::string key(10'000, 'x');
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(gcra.Take(key + std::to_string(i), kFive, kStart));
  EXPECT_TRUE(gcra.Take(key, kFive, kStart));
}

TEST(Gcra, ThreadsShareOneCount) {
  Gcra gcra;
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) taken += gcra.Take("a", {100, 60s}, kStart) ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 100);
}

}  // namespace
}  // namespace quittance::limit

// Crash points: a process dies at the armed hit of the armed name and nowhere else; a Release build has none of it.
#include "common/core/crash_point.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace quittance {

void ReachAsInRelease();  // crash_point_release.cpp

namespace {

class CrashPoint : public testing::Test {
 protected:
  CrashPoint() : path_(std::filesystem::temp_directory_path() / ("quittance-crash-" + std::to_string(::getpid()))) {
    board_ = crash::Map(path_.c_str(), true);
  }
  ~CrashPoint() override { std::filesystem::remove(path_); }

  // How a process ends that has the board and does this: the signal, or 0 for a normal end.
  int SignalOf(const std::function<void()>& work) {
    const pid_t child = fork();
    if (child == 0) {
      setenv("QUITTANCE_CRASH_FILE", path_.c_str(), 1);
      work();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  std::filesystem::path path_;
  crash::Board* board_ = nullptr;
};

TEST_F(CrashPoint, D03_KillsAtTheArmedHitOnly) {
  ASSERT_NE(board_, nullptr);
  ASSERT_TRUE(crash::Arm(*board_, "test.here", 3));
  const auto twice = [] {
    crash::Reach("test.there");
    crash::Reach("test.here");
    crash::Reach("test.here.too");
    crash::Reach("test.here");
  };
  EXPECT_EQ(SignalOf(twice), 0);
  EXPECT_EQ(crash::TakeGoneOff(*board_), std::vector<std::string>{});
  EXPECT_EQ(SignalOf(twice), SIGKILL);
  EXPECT_EQ(crash::TakeGoneOff(*board_), std::vector<std::string>{"test.here"});
  EXPECT_EQ(crash::TakeGoneOff(*board_), std::vector<std::string>{}) << "it is told once";
  EXPECT_EQ(SignalOf(twice), 0) << "it goes off once";
}

TEST_F(CrashPoint, ArmedWhileTheProcessRuns) {
  EXPECT_EQ(SignalOf([&] {
              crash::Reach("test.here");
              crash::Arm(*board_, "test.here", 1);
              crash::Reach("test.here");
            }),
            SIGKILL);
}

TEST_F(CrashPoint, HoldsSeveralAndForgetsAll) {
  for (std::size_t i = 0; i < crash::kSlots; ++i) EXPECT_TRUE(crash::Arm(*board_, "test." + std::to_string(i), 1));
  EXPECT_FALSE(crash::Arm(*board_, "test.one.too.many", 1));
  crash::Disarm(*board_);
  EXPECT_EQ(SignalOf([] { crash::Reach("test.3"); }), 0);
  EXPECT_FALSE(crash::Arm(*board_, std::string(60, 'x'), 1)) << "a name that is too long";
}

// Another may be armed before anybody has looked why the process died.
TEST_F(CrashPoint, D03_WhatWentOffIsNotForgottenForWhatIsArmedNext) {
  ASSERT_TRUE(crash::Arm(*board_, "test.first", 1));
  EXPECT_EQ(SignalOf([] { crash::Reach("test.first"); }), SIGKILL);
  ASSERT_TRUE(crash::Arm(*board_, "test.second", 1));
  EXPECT_EQ(crash::TakeGoneOff(*board_), std::vector<std::string>{"test.first"});
  ASSERT_TRUE(crash::Arm(*board_, "test.first", 2)) << "and may be armed again";
  EXPECT_EQ(crash::TakeGoneOff(*board_), std::vector<std::string>{});
  EXPECT_EQ(SignalOf([] { crash::Reach("test.second"); }), SIGKILL);
  EXPECT_EQ(crash::Disarm(*board_), std::vector<std::string>{"test.second"});
}

TEST_F(CrashPoint, ReleaseBuildsHaveNone) {
  ASSERT_TRUE(crash::Arm(*board_, "test.release", 1));
  EXPECT_EQ(SignalOf(ReachAsInRelease), 0);
  EXPECT_EQ(SignalOf([] { crash::Reach("test.release"); }), SIGKILL);
}

TEST_F(CrashPoint, NothingHappensWithoutTheFile) {
  EXPECT_EQ(crash::Map(nullptr, false), nullptr);
  EXPECT_EQ(crash::Map("/nonexistent/board", false), nullptr);
  ASSERT_TRUE(crash::Arm(*board_, "test.without", 1));
  EXPECT_EQ(SignalOf([] {
              unsetenv("QUITTANCE_CRASH_FILE");
              QUITTANCE_CRASH_POINT("test.without");
            }),
            0);
}

}  // namespace
}  // namespace quittance

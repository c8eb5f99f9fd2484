// The clocks: system time, the offset file of a test stack, and the one that only a test moves.
#include "common/core/clock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace quittance {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

class OffsetFile {
 public:
  OffsetFile() : path_(std::filesystem::temp_directory_path() / ("quittance-clock-" + std::to_string(::getpid()))) {}
  ~OffsetFile() { std::filesystem::remove(path_); }
  void Write(const std::string& text) const { std::ofstream(path_) << text; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// What the clock says now, once it has looked at its file again.
Duration Ahead(const Clock& clock) {
  std::this_thread::sleep_for(milliseconds(120));
  return clock.Now() - SystemClock().Now();
}

TEST(FileOffsetClock, AMissingFileIsNoOffset) {
  const OffsetFile file;
  EXPECT_LT(std::chrono::abs(Ahead(FileOffsetClock(file.path()))), minutes(1));
}

TEST(FileOffsetClock, FollowsItsFileForwardAndNeverBack) {
  const OffsetFile file;
  const FileOffsetClock clock(file.path());
  file.Write("432000\n");
  EXPECT_GT(Ahead(clock), hours(24 * 5) - minutes(1));
  file.Write("10");
  EXPECT_GT(Ahead(clock), hours(24 * 5) - minutes(1));
  file.Write("not a number");
  EXPECT_GT(Ahead(clock), hours(24 * 5) - minutes(1));
  file.Write("864000");
  EXPECT_GT(Ahead(clock), hours(24 * 10) - minutes(1));
}

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock(FromUnixSeconds(1'000'000));
  EXPECT_EQ(UnixSeconds(clock.Now()), 1'000'000);
  clock.Advance(hours(24 * 7));
  EXPECT_EQ(UnixSeconds(clock.Now()), 1'000'000 + 7 * 86'400);
}

}  // namespace
}  // namespace quittance

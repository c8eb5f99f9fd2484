// Full cores: what the kernel says becomes a share, and the share a wait for company.
#include "common/core/pressure.h"

#include <fstream>

#include "gtest/gtest.h"

namespace quittance {
namespace {

using std::chrono::milliseconds;

class PressureTest : public testing::Test {
 protected:
  void SetUp() override { file_ = std::filesystem::path(testing::TempDir()) / "cpu.pressure"; }
  void TearDown() override { std::filesystem::remove(file_); }
  void Says(const std::string& text) { std::ofstream(file_) << text; }
  void Stalled(std::int64_t micros) {
    Says("some avg10=99.00 avg60=0.00 avg300=0.00 total=" + std::to_string(micros) + "\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
  }

  std::filesystem::path file_;
  const PressureGauge::SteadyTime start_{std::chrono::hours(1)};
};

TEST_F(PressureTest, IsTheShareOfTimeThatSomethingWaited) {
  PressureGauge gauge(file_);
  Stalled(5'000'000);
  EXPECT_EQ(gauge.At(start_), 0);
  Stalled(5'800'000);
  EXPECT_NEAR(gauge.At(start_ + milliseconds(1000)), 0.4, 0.001);  // 0.8 of the second, smoothed
  Stalled(6'600'000);
  EXPECT_NEAR(gauge.At(start_ + milliseconds(2000)), 0.6, 0.001);
  EXPECT_NEAR(gauge.At(start_ + milliseconds(3000)), 0.3, 0.001);
}

TEST_F(PressureTest, IsNotReadAgainWithin200Milliseconds) {
  PressureGauge gauge(file_);
  Stalled(0);
  gauge.At(start_);
  Stalled(100'000);
  EXPECT_EQ(gauge.At(start_ + milliseconds(199)), 0);
  EXPECT_GT(gauge.At(start_ + milliseconds(200)), 0);
}

TEST_F(PressureTest, IsNothingWhereTheKernelKeepsNone) {
  PressureGauge gauge(file_);
  auto now = start_;
  for (const char* text : {"", "some", "some avg10=1.00", "full total=5", "some total=", "some total=many"}) {
    Says(text);
    EXPECT_EQ(gauge.At(now += milliseconds(1000)), 0) << text;
  }
  Stalled(0);
  EXPECT_EQ(gauge.At(now + milliseconds(199)), 0);
  Stalled(100'000);
  EXPECT_EQ(gauge.At(now + milliseconds(200)), 0) << "what was not there was not read every time: this is the first look";
  Stalled(300'000);
  EXPECT_NEAR(gauge.At(now + milliseconds(400)), 0.5, 0.001);
  EXPECT_EQ(PressureGauge("/nonexistent").At(start_), 0);
}

TEST_F(PressureTest, AClockOfTheKernelThatGoesBackIsNoPressure) {
  PressureGauge gauge(file_);
  Stalled(5'000'000);
  gauge.At(start_);
  Stalled(1'000);
  EXPECT_EQ(gauge.At(start_ + milliseconds(1000)), 0);
}

TEST(CompanyWaitTest, GrowsFromAHalfOn) {
  EXPECT_EQ(CompanyWaitAt(0), milliseconds(0));
  EXPECT_EQ(CompanyWaitAt(0.5), milliseconds(0));
  EXPECT_EQ(CompanyWaitAt(0.6), milliseconds(0));
  EXPECT_EQ(CompanyWaitAt(0.8), milliseconds(9));
  EXPECT_EQ(CompanyWaitAt(0.9), milliseconds(20));
  EXPECT_EQ(CompanyWaitAt(1), kCompanyWaitMax);
  PretendCpuPressure(0.9);
  EXPECT_EQ(CompanyWait(), milliseconds(20));
  EXPECT_EQ(UnhurriedCompanyWait(), milliseconds(80));
  PretendCpuPressure(std::nullopt);
}

}  // namespace
}  // namespace quittance

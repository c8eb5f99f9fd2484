// RFC 3339 both ways.
#include "common/core/time.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace quittance {
namespace {

TEST(Time, FormatsInUtcWithMicroseconds) {
  EXPECT_EQ(FormatRfc3339(FromUnixSeconds(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatRfc3339(FromUnixMicros(1'795'253'400'000'001)), "2026-11-21T09:30:00.000001Z");
  EXPECT_EQ(FormatRfc3339(FromUnixMicros(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, ParsesOffsetsAndFractions) {
  const auto nine = ParseRfc3339("2026-11-21T09:30:00Z");
  ASSERT_TRUE(nine);
  EXPECT_EQ(ParseRfc3339("2026-11-21T10:30:00+01:00"), nine);
  EXPECT_EQ(ParseRfc3339("2026-11-21T04:00:00.000-05:30"), nine);
  EXPECT_EQ(ParseRfc3339("2026-11-21t09:30:00.0000009z"), nine) << "finer than a microsecond is cut off";
  EXPECT_EQ(ParseRfc3339("2026-11-21T09:30:00.5Z"), *nine + std::chrono::milliseconds(500));
  EXPECT_TRUE(ParseRfc3339("2024-02-29T00:00:00Z"));
}

TEST(Time, RefusesEverythingElse) {
  for (const char* text : {"", "2026-11-21", "2026-11-21 09:30:00Z", "2026-11-21T09:30:00", "2026-11-21T09:30Z", "2026-13-01T00:00:00Z",
                           "2023-02-29T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z", "2026-11-21T09:30:60Z",
                           "2026-11-21T09:30:00.Z", "2026-11-21T09:30:00.1234567890Z", "2026-11-21T09:30:00+0100",
                           "2026-11-21T09:30:00+24:00", "2026-11-21T09:30:00Zx", "x2026-11-21T09:30:00Z", "26-11-21T09:30:00Z"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(Time, EveryMomentRoundTrips, ()) {
  // 0001-01-01 to 9999-12-31
  const auto micros = *rc::gen::inRange<std::int64_t>(-62'135'596'800'000'000, 253'402'300'799'999'999);
  RC_ASSERT(ParseRfc3339(FormatRfc3339(FromUnixMicros(micros))) == FromUnixMicros(micros));
}

TEST(Time, SecondsAreFloored) {
  EXPECT_EQ(UnixSeconds(FromUnixMicros(-1)), -1);
  EXPECT_EQ(UnixSeconds(FromUnixMicros(1'999'999)), 1);
}

}  // namespace
}  // namespace quittance

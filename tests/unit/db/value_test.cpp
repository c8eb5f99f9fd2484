// Parameters and decoding without a server. tests/integration/db/values_test.cpp asks PostgreSQL the same questions.
#include "common/db/value.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace quittance::db {
namespace {

TEST(Array, QuotesWhatNeedsIt) {
  const std::vector<Param> elements = {"a", "", "NULL", std::nullopt, "q\"b\\c", "{,}", 7, true};
  EXPECT_EQ(Array(elements), R"({"a","","NULL",NULL,"q\"b\\c","{,}","7","t"})");
  EXPECT_EQ(Array({}), "{}");
}

RC_GTEST_PROP(Array, AnyTextsComeBackAsTheyWere, (const std::vector<std::string>& texts)) {
  RC_ASSERT(Decode<std::vector<std::string>>(ArrayOf(texts, [](const std::string& text) { return text; })) == texts);
}

RC_GTEST_PROP(Array, AnyLiteralIsDecodedOrRefusedButNeverReadBeyond, (const std::string& text)) {
  try {
    Decode<std::vector<std::string>>(text);
  } catch (const std::runtime_error&) {
  }
  try {
    Decode<std::vector<std::string>>("{" + text + "}");
  } catch (const std::runtime_error&) {
  }
}

RC_GTEST_PROP(Bytes, AnyBytesComeBackAsTheyWere, (const std::string& data)) {
  RC_ASSERT(Decode<Bytes>(*Param(Bytes{data}).text()).data == data);
}

TEST(Decode, RefusesWhatIsNoSuchValue) {
  EXPECT_THROW(Decode<std::int64_t>("12x"), std::runtime_error);
  EXPECT_THROW(Decode<std::int64_t>(""), std::runtime_error);
  EXPECT_THROW(Decode<int>("2147483648"), std::runtime_error);
  EXPECT_THROW(Decode<bool>("true"), std::runtime_error);
  EXPECT_THROW(Decode<Uuid>("x"), std::runtime_error);
  EXPECT_THROW(Decode<TimePoint>("2026-11-21 09:30:00+01"), std::runtime_error);
  EXPECT_THROW(Decode<TimePoint>("infinity"), std::runtime_error);
  EXPECT_THROW(Decode<Bytes>("\\x0"), std::runtime_error);
  EXPECT_THROW(Decode<Bytes>("abc"), std::runtime_error);
}

TEST(Decode, TimesOfTheServer) {
  EXPECT_EQ(Decode<TimePoint>("2026-11-21 09:30:00+00"), FromUnixSeconds(1'795'253'400));
  EXPECT_EQ(Decode<TimePoint>("2026-11-21 09:30:00.000001+00"), FromUnixMicros(1'795'253'400'000'001));
}

}  // namespace
}  // namespace quittance::db

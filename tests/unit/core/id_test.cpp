// Ids as text: one spelling each, and nothing else parses.
#include "common/core/id.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <unordered_set>

namespace quittance {
namespace {

const std::string kHex = "0193f2a4c1d27e3a8b4c5d6e7f809102";

TEST(Id, RoundTrip) {
  const auto id = UserId::Parse("usr_" + kHex, "user_id");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->ToString(), "usr_" + kHex);
  EXPECT_EQ(id->uuid.Hex(), kHex);
}

TEST(Id, RefusesEverySpellingButOne) {
  const std::string upper = "0193F2A4C1D27E3A8B4C5D6E7F809102";
  const std::string dashed = "0193f2a4-c1d2-7e3a-8b4c-5d6e7f809102";
  for (const std::string& text : std::set<std::string>{
           "", "usr", "usr_", kHex, "usr" + kHex, "usr-" + kHex, "ten_" + kHex, "USR_" + kHex, "usr_" + upper, "usr_" + dashed,
           "usr_" + kHex + "0", "usr_" + kHex.substr(1), " usr_" + kHex, "usr_" + kHex + " ", "usr_" + kHex.substr(1) + "g",
           "usr_" + kHex.substr(1) + std::string(1, '\0'), "usr__" + kHex.substr(1), "usr_{" + kHex.substr(2) + "}"}) {
    const auto id = UserId::Parse(text, "user_id");
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().reason, Reason::kFieldInvalid);
    EXPECT_EQ(id.error().fields.front().field, "user_id");
    EXPECT_EQ(id.error().message.find(kHex), std::string::npos) << "the value is not echoed";
  }
}

TEST(Uuid, ParsesWithAndWithoutDashes) {
  EXPECT_EQ(Uuid::Parse("0193f2a4-c1d2-7e3a-8b4c-5d6e7f809102"), Uuid::Parse(kHex));
  EXPECT_FALSE(Uuid::Parse("0193f2a4c1d2-7e3a-8b4c-5d6e7f80910-2"));
  EXPECT_FALSE(Uuid::Parse("0193f2a4c-1d2-7e3a-8b4c-5d6e7f809102"));
  EXPECT_FALSE(Uuid::Parse("------------------------------------"));
}

RC_GTEST_PROP(Uuid, EveryValueRoundTripsAndSortsAsItsText, ()) {
  Uuid a;
  Uuid b;
  for (auto& byte : a.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  for (auto& byte : b.bytes) byte = *rc::gen::arbitrary<std::uint8_t>();
  RC_ASSERT(Uuid::Parse(a.Hex()) == a);
  RC_ASSERT((a < b) == (a.Hex() < b.Hex()));
}

TEST(Uuid, HashTellsIdsApart) {
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 1000; ++i) {
    Uuid id;
    id.bytes[0] = static_cast<std::uint8_t>(i >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(i);
    hashes.insert(std::hash<Uuid>()(id));
  }
  EXPECT_EQ(hashes.size(), 1000U);
}

}  // namespace
}  // namespace quittance

// The bulkhead round argon2id: bounded memory and wait, equal time, no row that can make it spend more.
#include "services/auth/credentials/password_hasher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "common/async/executor.h"
#include "common/metrics/registry.h"

namespace quittance::auth {
namespace {

// What other work takes from the hashing threads makes a test slow, not red: a flood hashes 65 passwords at idle priority.
constexpr std::chrono::minutes kPatience{10};

struct PasswordHasherTest : testing::Test {
  metrics::Registry metrics;
  async::Executor executor{2};

  std::string Hash(PasswordHasher& hasher, const std::string& password) {
    const auto hash = async::RunSync(executor, hasher.Hash(Secret(password)));
    EXPECT_TRUE(hash.ok());
    return hash.ok() ? *hash : "";
  }

  bool Fits(PasswordHasher& hasher, const std::string& password, std::optional<std::string> stored) {
    const auto fits = async::RunSync(executor, hasher.Verify(Secret(password), std::move(stored)));
    EXPECT_TRUE(fits.ok());
    return fits.ok() && *fits;
  }
};

TEST_F(PasswordHasherTest, A06_PasswordsAreVerifiedExactlyAsSent) {
  PasswordHasher hasher(1, metrics, kHashCost, kPatience);
  const std::string nfc = "caf\xC3\xA9 noir";
  const std::string nfd = "cafe\xCC\x81 noir";
  const std::string nul("with\0nul", 8);
  const std::string blank = "trailing blank ";
  EXPECT_TRUE(Fits(hasher, nfc, Hash(hasher, nfc)));
  EXPECT_FALSE(Fits(hasher, nfd, Hash(hasher, nfc)));
  EXPECT_TRUE(Fits(hasher, nul, Hash(hasher, nul)));
  EXPECT_FALSE(Fits(hasher, "with", Hash(hasher, nul)));
  EXPECT_FALSE(Fits(hasher, "trailing blank", Hash(hasher, blank)));
  EXPECT_TRUE(Fits(hasher, std::string(512, 'x'), Hash(hasher, std::string(512, 'x'))));
}

TEST_F(PasswordHasherTest, HashesAreSaltedArgon2id) {
  PasswordHasher hasher(1, metrics, kHashCost, kPatience);
  const std::string hash = Hash(hasher, "the same");
  EXPECT_EQ(hash.rfind("$argon2id$v=19$m=19456,t=2,p=1$", 0), 0u);
  EXPECT_NE(hash, Hash(hasher, "the same"));
}

TEST_F(PasswordHasherTest, A07_ATamperedRowIsNoMatchAndCostsNoMore) {
  PasswordHasher hasher(1, metrics, kHashCost, kPatience);
  std::string row = Hash(hasher, "password of a user");
  const auto took = [&] {
    const auto start = std::chrono::steady_clock::now();
    Fits(hasher, "password of a user", row);
    return std::chrono::steady_clock::now() - start;
  };
  const auto honest = took();
  row.replace(row.find("m=19456"), 7, "m=1048576");
  EXPECT_FALSE(Fits(hasher, "password of a user", row));
  EXPECT_LT(took(), 20 * honest) << "a gigabyte was hashed, fifty times as much";
}

TEST_F(PasswordHasherTest, A01_UnknownAndWrongTakeTheSameTime) {
  PasswordHasher hasher(1, metrics, kHashCost, kPatience);
  const std::string stored = Hash(hasher, "password of a user");
  std::vector<double> unknown, wrong;
  for (int i = 0; i < 15; ++i) {
    for (auto* times : {&unknown, &wrong}) {
      const auto start = std::chrono::steady_clock::now();
      Fits(hasher, "another password", times == &wrong ? std::optional(stored) : std::nullopt);
      times->push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  }
  std::sort(unknown.begin(), unknown.end());
  std::sort(wrong.begin(), wrong.end());
  // Without a hash it would be a thousandth; finer is integration/auth/login_time_test.cpp.
  EXPECT_LT(std::abs(unknown[7] - wrong[7]), 0.5 * wrong[7]) << unknown[7] << " and " << wrong[7] << " seconds";
}

TEST_F(PasswordHasherTest, A05_AFloodIsShedAtOnceAndTheQueueStaysBounded) {
  PasswordHasher hasher(1, metrics, kHashCost, kPatience);
  std::atomic<int> done{0}, shed{0};
  const auto one = [&]() -> Task<void> {
    const auto hash = co_await hasher.Hash(Secret("a password of the flood"));
    if (hash.ok()) {
      ++done;
    } else {
      EXPECT_EQ(hash.error().reason, Reason::kOverloaded);
      EXPECT_EQ(hash.error().code, Code::kResourceExhausted);
      EXPECT_TRUE(hash.error().retry_after.has_value());
      ++shed;
    }
  };
  for (int i = 0; i < 1000; ++i) executor.Spawn(one());
  ASSERT_TRUE(executor.Drain(std::chrono::steady_clock::now() + kPatience));
  EXPECT_EQ(done + shed, 1000);
  EXPECT_LE(done, 200) << "one at work, 64 waiting, and those that were done while the thousand came";
  EXPECT_GE(done, 64);
}

TEST_F(PasswordHasherTest, A05_WhoWaitedTooLongIsAnsweredWithoutAHash) {
  PasswordHasher hasher(1, metrics, kHashCost, std::chrono::milliseconds(0));
  const auto hash = async::RunSync(executor, hasher.Hash(Secret("a password that came late")));
  ASSERT_FALSE(hash.ok());
  EXPECT_EQ(hash.error().reason, Reason::kOverloaded);
  EXPECT_TRUE(hash.error().retry_after.has_value());
  EXPECT_NE(metrics.Render().find("quittance_auth_password_hashes_total 0"), std::string::npos) << metrics.Render();
}

TEST_F(PasswordHasherTest, A05_SeatsAreAsManyAsAreHashedInTimeAndComeFree) {
  const auto seats_of = [&](PasswordHasher& hasher) {
    std::vector<PasswordHasher::Seat> taken;
    for (auto seat = hasher.TakeSeat(); seat.ok(); seat = hasher.TakeSeat()) taken.push_back(*std::move(seat));
    return taken;
  };
  PasswordHasher cheap(1, metrics, HashCost{.memory_kib = 64, .passes = 1, .lanes = 1});
  EXPECT_EQ(seats_of(cheap).size(), kHashQueueMax);
  PasswordHasher dear(1, metrics, HashCost{.memory_kib = 131'072, .passes = 4, .lanes = 1});  // a third of a second or more each
  EXPECT_EQ(seats_of(dear).size(), 4U) << "one at work, the others wait or are at the database";

  PasswordHasher hasher(1, metrics);
  auto taken = seats_of(hasher);
  EXPECT_GE(taken.size(), 4U);
  const auto none = hasher.TakeSeat();
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().reason, Reason::kOverloaded);
  taken.pop_back();
  EXPECT_TRUE(hasher.TakeSeat().ok()) << "one was left";
  EXPECT_TRUE(hasher.TakeSeat().ok()) << "and left again at once";
}

TEST_F(PasswordHasherTest, A05_ACrowdIsToldToComeBackOneByOne) {
  PasswordHasher hasher(1, metrics);
  std::vector<PasswordHasher::Seat> taken;
  for (auto seat = hasher.TakeSeat(); seat.ok(); seat = hasher.TakeSeat()) taken.push_back(*std::move(seat));
  std::vector<std::chrono::milliseconds> told;
  for (int i = 0; i < 1000; ++i) told.push_back(*hasher.TakeSeat().error().retry_after);
  const auto [least, most] = std::minmax_element(told.begin(), told.end());
  EXPECT_GE(*least, kComeAgainFirst);
  EXPECT_LE(*most, kComeAgainLast);
  // A thousand hashes of some tens of milliseconds on one thread: the row is longer than what anybody may be asked to wait.
  EXPECT_GT(*most - *least, std::chrono::seconds(5));
}

}  // namespace
}  // namespace quittance::auth

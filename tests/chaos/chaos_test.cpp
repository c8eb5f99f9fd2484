// The seeded runs among the tests: 30 by default, 1,000 with QUITTANCE_LONG_TESTS=1.
#include <iostream>

#include "tests/chaos/wave.h"
#include "tests/e2e/fixture.h"

namespace quittance::chaos {
namespace {

constexpr std::uint64_t kFirstSeed = 1;
constexpr int kRuns = 30, kLongRuns = 1000, kTogether = 10;

TEST(Chaos, D03_I05_K05_K09_K16_J02_J04_M12_NothingBreaksWhereverAProcessDies) {
  const int runs = e2e::LongTests() ? kLongRuns : kRuns;
  Waves waves(e2e::StackFixture::Get().stack(), QUITTANCE_BINARY_DIR "/bin", std::cout);
  for (int done = 0; done < runs && !HasFailure();) {
    std::vector<std::uint64_t> seeds;
    while (static_cast<int>(seeds.size()) < kTogether && done < runs) seeds.push_back(kFirstSeed + static_cast<std::uint64_t>(done++));
    EXPECT_TRUE(waves.Play(seeds)) << "seeds " << seeds.front() << " to " << seeds.back();
  }
  // Kills that do not happen prove nothing.
  EXPECT_GE(waves.totals().gone_off, runs / 3);
}

}  // namespace
}  // namespace quittance::chaos

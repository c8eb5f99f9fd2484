// A01 as an attacker measures it: whether the time of a refusal tells an account that exists from one that does not. Distributions are
// compared by their ranks (Mann-Whitney), which a few slow samples of a busy machine cannot move.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "services/auth/usecases/login.h"
#include "services/auth/usecases/sign_up.h"
#include "services/auth/usecases/verify_email.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

// Cheap, yet most of what a login takes here; the lack of one hash would move every sample.
constexpr HashCost kCheap{4 * 1024, 1, 1};
constexpr int kSamples = 120;
constexpr int kSamplesLong = 1000;
constexpr int kMeasurements = 4;  // as long as the samples so far look like a difference; a true one only shows the clearer
// An attacker who guesses by one measurement is right half of the time plus this at most; few samples scatter more.
constexpr double kAdvantageMax = 0.15;
constexpr double kAdvantageMaxLong = 0.08;

using Samples = std::vector<double>;

// The chance that a sample of `a` is above one of `b`: 0.5 where the distributions are the same.
double Above(const Samples& a, Samples b) {
  std::sort(b.begin(), b.end());
  double wins = 0;
  for (const double each : a) {
    const auto [from, to] = std::equal_range(b.begin(), b.end(), each);
    wins += static_cast<double>(from - b.begin()) + 0.5 * static_cast<double>(to - from);
  }
  return wins / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

double Quantile(Samples samples, double at) {
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<std::size_t>(at * static_cast<double>(samples.size() - 1))] * 1000;
}

// The largest that any two kinds give.
double Advantage(const std::vector<Samples>& times) {
  double most = 0;
  for (std::size_t a = 0; a < times.size(); ++a) {
    for (std::size_t b = a + 1; b < times.size(); ++b) most = std::max(most, std::abs(Above(times[a], times[b]) - 0.5));
  }
  return most;
}

struct LoginTimeTest : AuthTest {
  metrics::Registry registry;
  PasswordHasher cheap{1, registry, kCheap, kPatience};
  Deps own{deps.db, deps.system, deps.clock, deps.ids, cheap, deps.vault, deps.signer};

  void NewAccount(const std::string& email, bool verified = true) {
    EXPECT_TRUE(world.Run(SignUp(own, {{"anonymous", ""}, tenant.code, email, Secret(std::string(kGoodPassword)), ""})).ok());
    if (verified) EXPECT_TRUE(world.Run(VerifyEmail(own, {{"anonymous", ""}, MailedToken(UserOf(email))})).ok());
  }
  void TryLogin(const std::string& email, const std::string& password) {
    const auto refused = world.Run(auth::Login(own, {{"anonymous", ""}, tenant.code, email, Secret(password)}));
    ASSERT_FALSE(refused.ok());
    ASSERT_EQ(refused.error().reason, Reason::kCredentialsInvalid);
  }
  // More samples of each kind, `rounds` of them.
  void Measure(const std::vector<std::pair<std::string, std::string>>& kinds, int rounds, std::vector<Samples>& times) {
    constexpr int kWarmUp = 10;
    for (int round = -kWarmUp; round < rounds; ++round) {
      Forgive();
      // Each kind comes after each other one, in turns.
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        const std::size_t kind =
            (i * (1 + static_cast<std::size_t>(round + kWarmUp) % 4) + static_cast<std::size_t>(round + kWarmUp)) % kinds.size();
        const auto start = std::chrono::steady_clock::now();
        TryLogin(kinds[kind].first, kinds[kind].second);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (round >= 0) times[kind].push_back(took.count());
      }
    }
  }
  // Forgives what was counted, but for the locked account, and keeps every row: a bucket that is new takes another way through the
  // database.
  void Forgive() {
    world.database.Admin("UPDATE login_throttles SET failures = 0, open_at = '2000-01-01', forget_at = '2000-01-01' WHERE failures < 10");
  }
};

TEST_F(LoginTimeTest, A01_ATimeTellsNothingOfAnAccount) {
  const std::string good{kGoodPassword};
  NewAccount("wrong@client.example");
  NewAccount("locked@client.example");
  NewAccount("frozen@client.example");
  NewAccount("unverified@client.example", false);
  world.RawText("UPDATE users SET status = 'frozen' WHERE user_id = '" + UserOf("frozen@client.example").uuid.Hex() + "' RETURNING 1");
  const std::vector<std::pair<std::string, std::string>> kinds = {{"unknown@client.example", good},
                                                                  {"wrong@client.example", "not the right phrase"},
                                                                  {"locked@client.example", good},
                                                                  {"frozen@client.example", good},
                                                                  {"unverified@client.example", good}};
  for (int i = 0; i < 10; ++i) {
    world.database.Admin("UPDATE login_throttles SET open_at = '2000-01-01' WHERE failures BETWEEN 1 AND 9");
    TryLogin("locked@client.example", "not the right phrase");
  }
  const bool is_long = std::getenv("QUITTANCE_LONG_TESTS") != nullptr;
  const int rounds = is_long ? kSamplesLong : kSamples;
  const double advantage_max = is_long ? kAdvantageMaxLong : kAdvantageMax;
  std::vector<Samples> times(kinds.size());
  for (int i = 0; i < kMeasurements && (i == 0 || Advantage(times) > advantage_max); ++i) Measure(kinds, rounds, times);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM login_throttles WHERE failures >= 10 AND tenant_id = '" + tenant.id.uuid.Hex() + "'"), 1);
  for (std::size_t a = 0; a < kinds.size(); ++a) {
    SCOPED_TRACE(kinds[a].first + " ms: " + std::to_string(Quantile(times[a], 0.25)) + " " + std::to_string(Quantile(times[a], 0.5)) + " " +
                 std::to_string(Quantile(times[a], 0.75)));
    for (std::size_t b = a + 1; b < kinds.size(); ++b) {
      EXPECT_NEAR(Above(times[a], times[b]), 0.5, advantage_max) << kinds[a].first << " " << kinds[b].first;
    }
  }
  // What the statistic would say of an account that is answered in half the time.
  Samples quicker = times[0];
  for (double& each : quicker) each /= 2;
  EXPECT_GT(Above(times[1], quicker), 0.5 + advantage_max);
  RecordProperty("samples", static_cast<int>(times[0].size()));
}

}  // namespace
}  // namespace quittance::auth

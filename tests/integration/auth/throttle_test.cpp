// Limits of sign-in on a real database: the same for names that exist and names that do not, shared by all replicas, no way to lock a known
// device out.
#include <atomic>
#include <thread>

#include "services/auth/domain/throttle.h"
#include "services/auth/usecases/login.h"
#include "services/auth/usecases/sign_in_limits.h"
#include "tests/integration/auth/fixture.h"

namespace quittance::auth {
namespace {

using namespace std::chrono_literals;

struct ThrottleTest : AuthTest {
  Result<LoginReply> Try(const std::string& email, const std::string& password, const std::string& device = "",
                         const std::string& address = "") {
    return world.Run(auth::Login(deps, {{"anonymous", ""}, tenant.code, email, Secret(password), device, address}));
  }
  Result<LoginReply> Right(const std::string& email, const std::string& device = "", const std::string& address = "") {
    return Try(email, std::string(kGoodPassword), device, address);
  }
  void Fail(int times, const std::string& email, const std::string& device = "", const std::string& address = "") {
    for (int i = 0; i < times; ++i) EXPECT_FALSE(Try(email, "not the password", device, address).ok());
  }
};

TEST_F(ThrottleTest, A03_TenFailuresLockForHalfAnHour) {
  NewPerson("locked@client.example");
  Fail(10, "locked@client.example");
  const auto refused = Right("locked@client.example");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, Reason::kCredentialsInvalid) << "a locked account looks like a wrong password";
  EXPECT_EQ(Events("AccountLocked"), 1);
  EXPECT_EQ(AuditRows("LockAccount"), 1);
  world.clock.Advance(29min);
  EXPECT_FALSE(Right("locked@client.example").ok());
  EXPECT_EQ(Events("AccountLocked"), 1) << "told once";
  world.clock.Advance(1min + 1s);
  EXPECT_TRUE(Right("locked@client.example").ok());
}

TEST_F(ThrottleTest, A03_TheFifthFailureDelaysTheNextTry) {
  NewPerson("slow@client.example");
  Fail(5, "slow@client.example");
  EXPECT_FALSE(Right("slow@client.example").ok()) << "within the second";
  world.clock.Advance(3s);
  EXPECT_TRUE(Right("slow@client.example").ok());
  Fail(4, "slow@client.example");
  EXPECT_TRUE(Right("slow@client.example").ok()) << "the right password starts the count again";
}

TEST_F(ThrottleTest, A04_AVictimStillGetsInFromAKnownDevice) {
  NewPerson("victim@client.example");
  const auto first = Right("victim@client.example");
  ASSERT_TRUE(first.ok());
  ASSERT_FALSE(first->device_token.empty());
  Fail(12, "victim@client.example", "", "attacker");
  EXPECT_FALSE(Right("victim@client.example").ok());
  EXPECT_FALSE(Right("victim@client.example", "qdv_nonsense").ok());
  const auto known = Right("victim@client.example", first->device_token);
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known->device_token, first->device_token) << "kept as it is";
  Fail(10, "victim@client.example", first->device_token);
  EXPECT_FALSE(Right("victim@client.example", first->device_token).ok()) << "a stolen device has its own ten tries";
}

TEST_F(ThrottleTest, A04_AnotherPersonsDeviceOpensNothing) {
  NewPerson("target@client.example");
  NewPerson("attacker@client.example");
  const auto own = Right("attacker@client.example");
  Fail(10, "target@client.example", own->device_token);
  EXPECT_FALSE(Right("target@client.example", own->device_token).ok()) << "it counts as an unknown device";
}

TEST_F(ThrottleTest, A01_NamesThatDoNotExistAreCountedAlike) {
  Fail(12, "nobody@client.example");
  EXPECT_EQ(world.RawCount("SELECT max(failures) FROM login_throttles WHERE tenant_id = '" + tenant.id.uuid.Hex() + "'"), 10);
  EXPECT_EQ(Events("AccountLocked"), 0) << "there is nobody to tell";
  EXPECT_EQ(Events("LoginFailed"), 12);
}

TEST_F(ThrottleTest, A03_TriesAtTheSameMomentCannotOutrunTheCount) {
  NewPerson("race@client.example");
  std::vector<std::thread> threads;
  std::atomic<int> shed{0};  // a busy machine judges fewer
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&] { shed += Try("race@client.example", "not the password").error().code == Code::kUnauthenticated ? 0 : 1; });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(Right("race@client.example").ok());
  if (shed == 0) EXPECT_EQ(Events("AccountLocked"), 1);
  EXPECT_LE(Events("AccountLocked"), 1);
}

// A try that was shed under load is given back: with it goes what it did, and nothing that the others did.
TEST_F(ThrottleTest, A03_ATryThatWasNeverJudgedOpensNoLockOfOthers) {
  NewPerson("shed@client.example");
  const auto take = [&] {
    return world.app.TransactSync(db::Scope::Of(tenant.id), [&](db::Tx& tx) {
      return TakeSignInTry(deps, tx, tenant.id, "shed@client.example", std::nullopt, "", world.clock.Now());
    });
  };
  const SignInTry early = take();
  Fail(4, "shed@client.example");
  world.Run(ReturnSignInTry(deps, early));
  EXPECT_FALSE(Right("shed@client.example").ok()) << "the delay of the others stands";
  world.clock.Advance(3s);
  EXPECT_TRUE(Right("shed@client.example").ok());

  const SignInTry second = take();
  Fail(9, "shed@client.example");
  const SignInTry knocking = take();
  world.Run(ReturnSignInTry(deps, second));
  world.Run(ReturnSignInTry(deps, knocking));
  EXPECT_FALSE(Right("shed@client.example").ok()) << "the lock of the others stands";
  world.clock.Advance(31min);
  EXPECT_TRUE(Right("shed@client.example").ok());

  Fail(9, "shed@client.example");
  world.clock.Advance(2min);
  const SignInTry tenth = take();
  EXPECT_TRUE(tenth.locked);
  world.Run(ReturnSignInTry(deps, tenth));
  EXPECT_TRUE(Right("shed@client.example").ok()) << "the lock was its own";
}

TEST_F(ThrottleTest, OneAddressHasItsOwnCountOverAllAccounts) {
  NewPerson("bystander@client.example");
  for (int i = 0; i < kAddressPolicy.delay_from; ++i) Fail(1, "spray" + std::to_string(i) + "@client.example", "", "one-address");
  EXPECT_FALSE(Right("bystander@client.example", "", "one-address").ok());
  EXPECT_TRUE(Right("bystander@client.example", "", "another-address").ok());
}

TEST_F(ThrottleTest, ASecondDeviceIsToldToItsOwnerTheFirstIsNot) {
  NewPerson("devices@client.example");
  const auto first = Right("devices@client.example");
  EXPECT_EQ(Events("NewDeviceSeen"), 0);
  EXPECT_TRUE(Right("devices@client.example", first->device_token).ok());
  EXPECT_EQ(Events("NewDeviceSeen"), 0);
  EXPECT_TRUE(Right("devices@client.example").ok());
  EXPECT_EQ(Events("NewDeviceSeen"), 1);
}

}  // namespace
}  // namespace quittance::auth

// Rates: whose bucket a call falls into, and what the one that is over is told.
#include "tests/integration/rpc/edge_fixture.h"

namespace quittance::rpc {
namespace {

void ExpectLimited(const grpc::Status& status) {
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "RATE_LIMITED");
  EXPECT_TRUE(HasRetryInfo(status) && HasQuotaFailure(status));
}

class Limits : public EdgeTest {
 protected:
  // Three a minute for service accounts, so that a test can reach it.
  Limits() : EdgeTest(2, 3) {}
};

TEST_F(Limits, AUserHasAHundredCallsAMinute) {
  const std::string token = UserToken();
  for (int i = 0; i < kUserRate; ++i) ASSERT_TRUE(GetPlan(token).ok()) << i;
  ExpectLimited(GetPlan(token));
  EXPECT_EQ(hooks_.calls, kUserRate);
  crypto::Claims other = UserClaims();
  other.subject = "usr_000000000000000000000000000000b2";
  EXPECT_TRUE(GetPlan(auth_.Token(other)).ok()) << "another user has its own";
}

TEST_F(Limits, AnAddressHasFiveLoginsAMinute) {
  for (int i = 0; i < kAuthRate; ++i) ASSERT_TRUE(Login().ok()) << i;
  ExpectLimited(Login());
  ExpectLimited(Login("", {{"quittance-client-address", "192.0.2.99"}}));  // nobody believes an anonymous caller
  ExpectLimited(Login(UserToken(), {{"quittance-client-address", "192.0.2.99"}}));
}

TEST_F(Limits, BehindABackendThePersonsAddressCounts) {
  const std::string backend = AccountToken("auth:read");
  for (int i = 0; i < kAuthRate; ++i) ASSERT_TRUE(Login(backend, {{"quittance-client-address", "192.0.2.7"}}).ok()) << i;
  ExpectLimited(Login(backend, {{"quittance-client-address", "192.0.2.7"}}));
  EXPECT_TRUE(Login(backend, {{"quittance-client-address", "192.0.2.8"}}).ok());
}

TEST_F(Limits, N12_RotatingWithinAnIpv6NetworkIsNoNewClient) {
  const std::string backend = AccountToken("auth:read");
  for (int i = 0; i < kAuthRate; ++i) {
    ASSERT_TRUE(Login(backend, {{"quittance-client-address", "2001:db8:1:2::" + std::to_string(i + 1)}}).ok());
  }
  ExpectLimited(Login(backend, {{"quittance-client-address", "2001:db8:1:2:ffff::1"}}));
  EXPECT_TRUE(Login(backend, {{"quittance-client-address", "2001:db8:1:3::1"}}).ok());
}

TEST_F(Limits, I11_AnAddressThatIsNoneOrTwoIsRefused) {
  const std::string backend = AccountToken("auth:read");
  const grpc::Status none = Login(backend, {{"quittance-client-address", "somewhere"}});
  EXPECT_EQ(none.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(FieldOf(none), "quittance-client-address");
  EXPECT_EQ(Login(backend, {{"quittance-client-address", "192.0.2.7"}, {"quittance-client-address", "192.0.2.8"}}).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(Limits, AServiceAccountHasItsOwnPerTenant) {
  const std::string account = AccountToken("subscriptions:read");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(GetPlan(account).ok()) << i;
  ExpectLimited(GetPlan(account));
  crypto::Claims elsewhere = AccountClaims("subscriptions:read");
  elsewhere.tenant = "ten_000000000000000000000000000000a2";
  EXPECT_TRUE(GetPlan(auth_.Token(elsewhere)).ok());
}

TEST_F(Limits, OurProcessesAreNotCounted) {
  const std::string process = AccountToken("platform:service");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(GetPlan(process).ok()) << i;
}

TEST_F(Limits, AnonymousCallersShareTheirAddress) {
  for (int i = 0; i < kUserRate; ++i) {
    const auto context = Context("");
    TokenPair pair;
    ASSERT_TRUE(login_stub_->RefreshToken(context.get(), RefreshTokenRequest(), &pair).ok()) << i;
  }
  const auto context = Context("");
  TokenPair pair;
  ExpectLimited(login_stub_->RefreshToken(context.get(), RefreshTokenRequest(), &pair));
}

}  // namespace
}  // namespace quittance::rpc

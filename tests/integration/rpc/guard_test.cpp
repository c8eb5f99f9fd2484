// Beyond token and scope: how freshly a person proved who they are, tenants in maintenance, limits that a tenant has of its own.
#include "common/rpc/trust_poll.h"
#include "tests/integration/rpc/edge_fixture.h"

namespace quittance::rpc {
namespace {

using std::chrono::minutes;

class Guard : public EdgeTest {
 protected:
  crypto::Claims Proved(const std::string& scope, std::vector<std::string> amr, minutes ago) {
    crypto::Claims claims = UserClaims(scope);
    claims.amr = std::move(amr);
    claims.authenticated = clock_.Now() - ago;
    return claims;
  }
  grpc::Status Freeze(const std::string& token) {
    const auto context = Context(token);
    FreezeUserRequest request;
    request.set_request_id("request-0001");
    User user;
    return user_stub_->FreezeUser(context.get(), request, &user);
  }
  grpc::Status Enrol(const std::string& token) {
    const auto context = Context(token);
    EnrollTotpRequest request;
    request.set_request_id("request-0001");
    EnrollTotpResponse response;
    return account_stub_->EnrollTotp(context.get(), request, &response);
  }
  static void ExpectStepUp(const grpc::Status& status) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(ReasonOf(status), "STEP_UP_REQUIRED");
  }
  void Set(const TenantInfo& tenant) {
    auth_.AddTenant(tenant);
    async::RunSync(executor_, TrustOf(*edge_).Refresh());
  }
};

TEST_F(Guard, A29_AnAdministratorsCallWantsASecondFactorOfTheLastQuarterHour) {
  ExpectStepUp(Freeze(UserToken("auth:admin")));
  ExpectStepUp(Freeze(auth_.Token(Proved("auth:admin", {"pwd"}, minutes(0)))));
  ExpectStepUp(Freeze(auth_.Token(Proved("auth:admin", {"pwd", "otp", "mfa"}, minutes(15)))));
  EXPECT_EQ(hooks_.calls, 0);
  EXPECT_TRUE(Freeze(auth_.Token(Proved("auth:admin", {"pwd", "otp", "mfa"}, minutes(14)))).ok());
  EXPECT_TRUE(Freeze(AccountToken("auth:admin")).ok()) << "a machine proves itself with each exchange";
}

TEST_F(Guard, A29_TheScopeIsAskedForFirst) {
  const grpc::Status status = Freeze(auth_.Token(Proved("billing:read", {"pwd", "otp", "mfa"}, minutes(0))));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "PERMISSION_DENIED");
}

TEST_F(Guard, A29_OnesOwnFactorsWantARecentLogin) {
  ExpectStepUp(Enrol(UserToken()));
  ExpectStepUp(Enrol(auth_.Token(Proved("", {"pwd"}, minutes(16)))));
  EXPECT_TRUE(Enrol(auth_.Token(Proved("", {"pwd"}, minutes(1)))).ok());
  EXPECT_EQ(hooks_.Last().caller.second_factor, false);
}

TEST_F(Guard, ATokenWithHalfAProofIsNone) {
  crypto::Claims claims = UserClaims();
  claims.authenticated = clock_.Now();
  EXPECT_TRUE(GetPlan(auth_.Token(claims)).ok());
  EXPECT_FALSE(hooks_.Last().caller.second_factor);
}

TEST_F(Guard, MaintenanceClosesATenantForAllButItsOperatorsAndLogins) {
  TenantInfo tenant{tenant_, "calmness", "Calmness", "fr", "UTC"};
  tenant.maintenance = true;
  Set(tenant);
  const grpc::Status closed = GetPlan(UserToken());
  EXPECT_EQ(closed.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(closed), "MAINTENANCE");
  EXPECT_TRUE(HasRetryInfo(closed));
  EXPECT_EQ(ReasonOf(GetPlan(AccountToken("subscriptions:read"))), "MAINTENANCE") << "a backend without an administrator's scope";
  EXPECT_TRUE(GetPlan(AccountToken("subscriptions:read subscriptions:admin")).ok());
  EXPECT_TRUE(Login().ok());
  tenant.maintenance = false;
  Set(tenant);
  EXPECT_TRUE(GetPlan(UserToken()).ok());
}

TEST_F(Guard, ATenantsOwnLimitCountsForItsAccounts) {
  TenantInfo tenant{tenant_, "calmness", "Calmness", "fr", "UTC"};
  tenant.calls_per_minute = 3;
  Set(tenant);
  int passed = 0;
  for (int i = 0; i < 10; ++i) passed += GetPlan(AccountToken("subscriptions:read")).ok();
  EXPECT_EQ(passed, 3);
}

}  // namespace
}  // namespace quittance::rpc

// Reads of subscriptions and memberships: the own ones for a user, the tenant's for a tenant-wide caller, nothing of others.
#include "services/subscriptions/usecases/get_membership.h"
#include "services/subscriptions/usecases/get_subscription.h"
#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

struct AccessTest : SubscriptionsTest {
  void SetUp() override {
    SubscriptionsTest::SetUp();
    NewPlan("signaux-weekly", kWeek);
    owner = NewUser();
    other = NewUser();
    Pay(owner, "signaux-weekly");
    Pay(other, "signaux-weekly");
  }
  Result<SubscriptionRead> Get(const Caller& caller, const std::string& id) { return world.Run(GetSubscription(deps, {caller, id})); }
  Result<SubscriptionPage> List(const Caller& caller, const std::string& user = "", std::optional<SubscriptionStatus> status = {}) {
    return world.Run(ListSubscriptions(deps, {caller, user, status, 0, ""}));
  }

  UserId owner, other;
};

TEST_F(AccessTest, AUserSeesTheirOwnAndNothingElse) {
  const std::string own = SubscriptionOf(owner).id.ToString();
  const std::string foreign = SubscriptionOf(other).id.ToString();
  EXPECT_TRUE(Get(Person(owner), own).ok());
  const auto refused = Get(Person(owner), foreign);
  const auto missing = Get(Person(owner), world.ids.New<SubscriptionId>().ToString());
  ASSERT_FALSE(refused.ok());
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_EQ(refused.error().message, missing.error().message);  // they look alike
  EXPECT_EQ(List(Person(owner))->subscriptions.size(), 1u);
  EXPECT_EQ(List(Person(owner), other.ToString()).error().code, Code::kPermissionDenied);
}

TEST_F(AccessTest, ATenantWideCallerSeesItsTenant) {
  EXPECT_EQ(List(Operator())->subscriptions.size(), 2u);
  EXPECT_EQ(List(Operator(), owner.ToString())->subscriptions.size(), 1u);
  EXPECT_EQ(List(Operator(), "", SubscriptionStatus::kExpired)->subscriptions.size(), 0u);
  Caller foreign = Operator();
  foreign.tenant = world.ids.New<TenantId>();
  EXPECT_EQ(List(foreign)->subscriptions.size(), 0u);
  EXPECT_EQ(Get(foreign, SubscriptionOf(owner).id.ToString()).error().code, Code::kNotFound);
  EXPECT_EQ(Get(Operator(), "sub_1").error().code, Code::kInvalidArgument);
}

TEST_F(AccessTest, MembershipsLikewise) {
  Settle();
  const auto own = world.Run(GetMembership(deps, {Person(owner), "", ""}));
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->membership.state, MembershipState::kNone);
  EXPECT_TRUE(own->membership.desired);
  EXPECT_FALSE(own->linked);
  Link(owner, "42");
  Settle();
  EXPECT_TRUE(world.Run(GetMembership(deps, {Operator(), owner.ToString(), "default"}))->linked);
  EXPECT_EQ(world.Run(GetMembership(deps, {Person(owner), other.ToString(), ""})).error().code, Code::kPermissionDenied);
  EXPECT_EQ(world.Run(GetMembership(deps, {Operator(), world.ids.New<UserId>().ToString(), ""})).error().code, Code::kNotFound);
  EXPECT_EQ(world.Run(GetMembership(deps, {Operator(), "", ""})).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace quittance::subscriptions

// Plans: made once, seen by their tenant, published for billing.
#include "quittance/subscriptions/v1/subscriptions.pb.h"
#include "services/subscriptions/usecases/create_plan.h"
#include "services/subscriptions/usecases/get_plan.h"
#include "tests/integration/subscriptions/fixture.h"

namespace quittance::subscriptions {
namespace {

struct PlansTest : SubscriptionsTest {
  const PlanDraft draft{"signaux-weekly", "Signaux", "signaux", kWeek, 1990, "EUR", {"default"}};
  Result<db::Reply> Create(const std::string& key, const PlanDraft& wanted) {
    return world.Run(
        CreatePlan(deps, {Operator(), {"svc_x", ""}, Key(Operator(), key, wanted.code + std::to_string(wanted.amount_minor)), wanted}));
  }
};

TEST_F(PlansTest, I01_CreateIsIdempotentAndPublishesOnce) {
  const auto first = Create("create-0001", draft);
  const auto again = Create("create-0001", draft);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->bytes, first->bytes);
  EXPECT_EQ(Events("PlanPublished"), 1);
  v1::Plan plan;
  ASSERT_TRUE(plan.ParseFromString(first->bytes));
  EXPECT_EQ(plan.duration_seconds(), kWeek);
  EXPECT_EQ(plan.price().amount_minor(), 1990);
  EXPECT_EQ(plan.channels(0), "default");
  EXPECT_EQ(plan.version(), 1);
}

TEST_F(PlansTest, I02_TheSameKeyWithAnotherRequestIsRefused) {
  ASSERT_TRUE(Create("create-0001", draft).ok());
  PlanDraft other = draft;
  other.amount_minor = 2990;
  const auto refused = Create("create-0001", other);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, Reason::kIdempotencyKeyReused);
}

TEST_F(PlansTest, ATakenCodeIsRefusedAndGivesTheKeyBack) {
  ASSERT_TRUE(Create("create-0001", draft).ok());
  const auto refused = Create("create-0002", draft);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kAlreadyExists);
  EXPECT_EQ(world.RawCount("SELECT count(*) FROM idempotency_keys WHERE key = 'create-0002'"), 0);
}

TEST_F(PlansTest, FoundByIdAndByCodeInItsTenantAlone) {
  const Plan plan = NewPlan("signaux-weekly", kWeek);
  EXPECT_TRUE(world.Run(GetPlan(deps, {Operator(), plan.id.ToString(), "", ""})).ok());
  EXPECT_TRUE(world.Run(GetPlan(deps, {Person(NewUser()), "", "signaux-weekly", ""})).ok());
  EXPECT_TRUE(world.Run(GetPlan(deps, {Process(), "", "signaux-weekly", tenant.ToString()})).ok());
  Caller foreign = Operator();
  foreign.tenant = world.ids.New<TenantId>();
  EXPECT_EQ(world.Run(GetPlan(deps, {foreign, plan.id.ToString(), "", ""})).error().code, Code::kNotFound);
  EXPECT_EQ(world.Run(GetPlan(deps, {foreign, "", "signaux-weekly", tenant.ToString()})).error().code, Code::kPermissionDenied);
  EXPECT_EQ(world.Run(GetPlan(deps, {Person(NewUser()), "", "no-such-plan", ""})).error().code, Code::kPermissionDenied);
  EXPECT_EQ(world.Run(GetPlan(deps, {Operator(), "", "", ""})).error().code, Code::kInvalidArgument);
  EXPECT_EQ(world.Run(GetPlan(deps, {Operator(), "plan_x", "", ""})).error().code, Code::kInvalidArgument);
}

TEST_F(PlansTest, PagesInOrderOfCreation) {
  for (const char* code : {"plan-a", "plan-b", "plan-c"}) NewPlan(code, kWeek);
  const auto first = world.Run(ListPlans(deps, {Operator(), 2, ""}));
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->plans.size(), 2u);
  EXPECT_EQ(first->plans[0].code, "plan-a");
  const auto rest = world.Run(ListPlans(deps, {Operator(), 2, first->next_page_token}));
  ASSERT_EQ(rest->plans.size(), 1u);
  EXPECT_TRUE(rest->next_page_token.empty());
  EXPECT_FALSE(world.Run(ListPlans(deps, {Operator(), -1, ""})).ok());
  EXPECT_FALSE(world.Run(ListPlans(deps, {Operator(), 1, "not a token"})).ok());
}

}  // namespace
}  // namespace quittance::subscriptions

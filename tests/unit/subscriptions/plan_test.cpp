// Rules of a plan's fields: the refusal names the field.
#include "services/subscriptions/domain/plan.h"

#include <gtest/gtest.h>

namespace quittance::subscriptions {
namespace {

PlanDraft Good() {
  return {.code = "signaux-weekly",
          .display_name = "Signaux, une semaine",
          .access = "signaux",
          .duration_seconds = 604'800,
          .amount_minor = 1990,
          .currency_code = "EUR",
          .channels = {"default"}};
}

Result<Plan> Make(const PlanDraft& draft) { return NewPlan({}, {}, draft, FromUnixSeconds(1'790'000'000)); }

std::string RefusedField(const PlanDraft& draft) {
  const auto plan = Make(draft);
  if (plan || plan.error().fields.empty()) return "";
  return plan.error().fields.front().field;
}

TEST(NewPlan, TakesAGoodDraft) {
  const auto plan = Make(Good());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->duration.count(), 604'800);
  EXPECT_EQ(plan->version, 1);
  EXPECT_EQ(plan->status, PlanStatus::kActive);
}

TEST(NewPlan, AccessIsTheCodeWhenLeftOut) {
  PlanDraft draft = Good();
  draft.access.clear();
  EXPECT_EQ(Make(draft)->access, "signaux-weekly");
}

TEST(NewPlan, NamesTheFieldThatBreaksItsRule) {
  const auto with = [](auto change) {
    PlanDraft draft = Good();
    change(draft);
    return RefusedField(draft);
  };
  EXPECT_EQ(with([](PlanDraft& d) { d.code = ""; }), "code");
  EXPECT_EQ(with([](PlanDraft& d) { d.code = "Signaux"; }), "code");
  EXPECT_EQ(with([](PlanDraft& d) { d.code = std::string(65, 'a'); }), "code");
  EXPECT_EQ(with([](PlanDraft& d) { d.display_name = ""; }), "display_name");
  EXPECT_EQ(with([](PlanDraft& d) { d.display_name = std::string(101, 'x'); }), "display_name");
  EXPECT_EQ(with([](PlanDraft& d) { d.access = "a b"; }), "access");
  EXPECT_EQ(with([](PlanDraft& d) { d.duration_seconds = 59; }), "duration_seconds");
  EXPECT_EQ(with([](PlanDraft& d) { d.duration_seconds = -1; }), "duration_seconds");
  EXPECT_EQ(with([](PlanDraft& d) { d.duration_seconds = 3'155'760'001; }), "duration_seconds");
  EXPECT_TRUE(with([](PlanDraft& d) { d.amount_minor = 0; }).starts_with("price"));
  EXPECT_TRUE(with([](PlanDraft& d) { d.amount_minor = -5; }).starts_with("price"));
  EXPECT_TRUE(with([](PlanDraft& d) { d.currency_code = "EURO"; }).starts_with("price"));
  EXPECT_EQ(with([](PlanDraft& d) { d.channels = {"a1", "a1"}; }), "channels");
  EXPECT_EQ(with([](PlanDraft& d) { d.channels = {"NO"}; }), "channels");
  EXPECT_EQ(with([](PlanDraft& d) { d.channels.assign(11, "aa"); }), "channels");
}

}  // namespace
}  // namespace quittance::subscriptions

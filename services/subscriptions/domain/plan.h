// A plan: what is sold, for how long, and which channels it opens.
// Invariant: duration and price never change once sold; plans with the same access extend the same subscription.
#pragma once

#include <string>
#include <vector>

#include "common/core/money.h"
#include "common/core/time.h"
#include "services/subscriptions/domain/ids.h"

namespace quittance::subscriptions {

enum class PlanStatus { kActive, kArchived };

struct Plan {
  TenantId tenant;
  PlanId id;
  std::string code;
  std::string display_name;
  std::string access;
  std::chrono::seconds duration;
  Money price;
  std::vector<std::string> channels;
  PlanStatus status = PlanStatus::kActive;
  std::int64_t version = 1;
  TimePoint create_time{};
  TimePoint update_time{};
};

inline constexpr std::chrono::seconds kPlanDurationMin{60};
inline constexpr std::chrono::seconds kPlanDurationMax{3'155'760'000};  // 100 years of 365.25 days
inline constexpr std::size_t kPlanChannelsMax = 10;

// What an operator asks for.
struct PlanDraft {
  std::string code;
  std::string display_name;
  std::string access;  // empty: the code
  std::int64_t duration_seconds = 0;
  std::int64_t amount_minor = 0;
  std::string currency_code;
  std::vector<std::string> channels;
};

// All rules of a plan; the refusal names the field.
Result<Plan> NewPlan(TenantId tenant, PlanId id, const PlanDraft& draft, TimePoint now);

}  // namespace quittance::subscriptions

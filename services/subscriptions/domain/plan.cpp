// The rules of a plan's fields, one after the other, so that the first broken one is named.
#include "services/subscriptions/domain/plan.h"

#include <algorithm>

#include "common/core/text.h"

namespace quittance::subscriptions {
namespace {

Result<void> CheckChannels(const std::vector<std::string>& channels) {
  if (channels.size() > kPlanChannelsMax) return InvalidField("channels", "must be at most " + std::to_string(kPlanChannelsMax));
  for (const auto& channel : channels) {
    if (auto ok = CheckCode(channel, "channels", 2, 64); !ok) return ok;
    if (std::count(channels.begin(), channels.end(), channel) > 1) return InvalidField("channels", "must not name a channel twice");
  }
  return {};
}

}  // namespace

Result<Plan> NewPlan(TenantId tenant, PlanId id, const PlanDraft& draft, TimePoint now) {
  if (auto ok = CheckCode(draft.code, "code", 2, 64); !ok) return ok.error();
  if (auto ok = CheckText(draft.display_name, "display_name", 1, 100); !ok) return ok.error();
  const std::string& access = draft.access.empty() ? draft.code : draft.access;
  if (auto ok = CheckCode(access, "access", 2, 64); !ok) return ok.error();
  if (draft.duration_seconds < kPlanDurationMin.count() || draft.duration_seconds > kPlanDurationMax.count()) {
    return InvalidField("duration_seconds", "must be 60 to 3155760000");
  }
  auto price = ParsePositiveMoney(draft.amount_minor, draft.currency_code, "price");
  if (!price) return price.error();
  if (auto ok = CheckChannels(draft.channels); !ok) return ok.error();
  return Plan{.tenant = tenant,
              .id = id,
              .code = draft.code,
              .display_name = draft.display_name,
              .access = access,
              .duration = std::chrono::seconds(draft.duration_seconds),
              .price = *price,
              .channels = draft.channels,
              .create_time = now,
              .update_time = now};
}

}  // namespace quittance::subscriptions

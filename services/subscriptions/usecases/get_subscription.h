// GetSubscription and ListSubscriptions: a user sees their own, a tenant-wide caller the tenant's.
#pragma once

#include "services/subscriptions/deps.h"
#include "services/subscriptions/domain/subscription.h"

namespace quittance::subscriptions {

struct GetSubscriptionQuery {
  Caller caller;
  std::string subscription_id;
};
// The countdown of a subscription belongs to the moment it was read at.
struct SubscriptionRead {
  Subscription subscription;
  TimePoint now;
};
Task<Result<SubscriptionRead>> GetSubscription(Deps& deps, GetSubscriptionQuery query);

struct SubscriptionPage {
  std::vector<Subscription> subscriptions;
  std::string next_page_token;
  TimePoint now;
};
struct ListSubscriptionsQuery {
  Caller caller;
  std::string user_id;
  std::optional<SubscriptionStatus> status;
  std::int32_t page_size = 0;
  std::string page_token;
};
Task<Result<SubscriptionPage>> ListSubscriptions(Deps& deps, ListSubscriptionsQuery query);

}  // namespace quittance::subscriptions

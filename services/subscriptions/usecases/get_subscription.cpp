// GetSubscription, ListSubscriptions: reads under the caller's scope, so that other people's rows do not exist for a user.
#include "services/subscriptions/usecases/get_subscription.h"

#include "services/subscriptions/store/subscriptions.h"

namespace quittance::subscriptions {
namespace {

db::Scope ScopeOf(const Caller& caller) {
  return caller.user && !caller.tenant_wide ? db::Scope::Of(caller.tenant, *caller.user) : db::Scope::Of(caller.tenant);
}

}  // namespace

Task<Result<SubscriptionRead>> GetSubscription(Deps& deps, GetSubscriptionQuery query) {
  const TimePoint now = deps.clock.Now();
  const auto id = SubscriptionId::Parse(query.subscription_id, "subscription_id");
  if (!id) co_return id.error();
  auto found = co_await deps.db.Transact(ScopeOf(query.caller),
                                         [&](db::Tx& tx) { return store::FindSubscription(tx, query.caller.tenant, *id, now); });
  if (!found) co_return Missing(query.caller, "subscription_id");
  co_return SubscriptionRead{std::move(*found), now};
}

Task<Result<SubscriptionPage>> ListSubscriptions(Deps& deps, ListSubscriptionsQuery query) {
  const TimePoint now = deps.clock.Now();
  const auto page = ParsePage(query.page_size, query.page_token);
  if (!page) co_return page.error();
  store::SubscriptionFilter filter{.user = std::nullopt, .status = query.status};
  if (!query.caller.tenant_wide || !query.user_id.empty()) {
    const auto user = ActOn(query.caller, query.user_id, "user_id");
    if (!user) co_return user.error();
    filter.user = *user;
  }
  SubscriptionPage answer{.subscriptions = {}, .next_page_token = {}, .now = now};
  answer.subscriptions = co_await deps.db.Transact(
      ScopeOf(query.caller), [&](db::Tx& tx) { return store::ListSubscriptions(tx, query.caller.tenant, filter, *page, now); });
  if (!answer.subscriptions.empty()) {
    answer.next_page_token = NextPageToken(*page, answer.subscriptions.size(), answer.subscriptions.back().id.uuid);
  }
  co_return answer;
}

}  // namespace quittance::subscriptions

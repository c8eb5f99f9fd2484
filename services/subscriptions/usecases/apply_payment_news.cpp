// ApplyPaymentNews: the payment's period changes, all periods are laid out again, and what that comes to is the subscription.
#include "services/subscriptions/usecases/apply_payment_news.h"

#include <algorithm>
#include <stdexcept>

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/subscriptions/events.h"
#include "services/subscriptions/store/memberships.h"
#include "services/subscriptions/store/periods.h"
#include "services/subscriptions/store/plans.h"
#include "services/subscriptions/store/subscriptions.h"
#include "services/subscriptions/usecases/policy_settings.h"

namespace quittance::subscriptions {
namespace {

struct Where {
  Subscription subscription;
  std::optional<Plan> plan;  // set when the period is to be made
};

// The subscription of the payment's period, or the one that its plan opens. nullopt: there is nothing to do.
std::optional<Where> FindWhere(Deps& deps, db::Tx& tx, const PaymentNews& news, TimePoint now) {
  if (const auto owner = store::FindPeriodOwner(tx, news.tenant, news.payment))
    return Where{store::LockSubscription(tx, news.tenant, *owner), {}};
  if (news.standing != Standing::kGood && news.standing != Standing::kDisputed) return std::nullopt;
  auto plan = store::FindPlanByCode(tx, news.tenant, news.plan_code);
  if (!plan) throw std::runtime_error("a paid plan is not known: " + news.plan_code);
  return Where{store::LockOrCreateSubscription(tx, news.tenant, news.user, plan->access, deps.ids.New<SubscriptionId>(), now), plan};
}

// The periods that differ from what is stored.
std::vector<Period> Changed(const std::vector<Period>& before, const std::vector<Period>& after) {
  std::vector<Period> changed;
  for (const auto& period : after) {
    const auto old = std::find_if(before.begin(), before.end(), [&](const Period& p) { return p.payment == period.payment; });
    const bool same = old != before.end() && old->starts == period.starts && old->ends == period.ends && old->stops == period.stops &&
                      old->returns == period.returns;
    if (!same) changed.push_back(period);
  }
  return changed;
}

void Publish(Deps& deps, db::Tx& tx, const Subscription& subscription, SubscriptionEvent event, const PaymentNews& news, const Cause& cause,
             TimePoint now) {
  const events::Mark mark{deps.ids.Next(), now, cause.traceparent};
  const store::SubscriptionChange change{subscription, events::OfSubscription(event, subscription, mark)};
  store::SaveSubscriptions(tx, std::span(&change, 1));
  audit::Append(tx, {.tenant = subscription.tenant,
                     .time = now,
                     .cause = cause,
                     .action = "ApplyPaymentNews",
                     .subject = subscription.id.ToString(),
                     .detail = "{\"payment\":\"" + news.payment.ToString() + "\",\"payment_version\":" + std::to_string(news.version) + "}",
                     .event = mark.id});
}

void WakeMembers(Deps& deps, db::Tx& tx, const Subscription& subscription, const std::optional<Plan>& plan, TimePoint now) {
  if (plan) {
    std::vector<std::pair<std::string, MembershipId>> channels;
    for (const auto& channel : plan->channels) channels.emplace_back(channel, deps.ids.New<MembershipId>());
    store::EnsureMemberships(tx, subscription.tenant, subscription.user, channels, now);
  }
  const std::pair<TenantId, UserId> user{subscription.tenant, subscription.user};
  store::WakeMemberships(tx, std::span(&user, 1), now);
  tx.OnCommit([&deps] { deps.wake(kDriveMemberships); });
}

}  // namespace

void ApplyPaymentNews(Deps& deps, db::Tx& tx, PaymentNews news, const Cause& cause) {
  if (news.plan_code.empty()) return;  // content, an invoice, a reference: not access by time
  const TimePoint now = deps.clock.Now();
  if (!store::ClaimPaymentVersion(tx, news.tenant, news.payment, news.version)) return;
  const Policy policy = PolicyFor(deps, tx, news);
  news.standing = Under(policy, news.standing);
  auto where = FindWhere(deps, tx, news, now);
  if (!where) return;

  const TimePoint at = std::min(news.change_time, now);
  const std::vector<Period> before = store::LoadPeriods(tx, news.tenant, where->subscription.id);
  std::vector<Period> periods = before;
  auto own = std::find_if(periods.begin(), periods.end(), [&](const Period& p) { return p.payment == news.payment; });
  const bool fresh = own == periods.end();
  if (fresh) own = periods.insert(periods.end(), NewPeriod(news, where->plan.value()));
  const std::size_t returns_before = own->returns.size();
  PeriodChange change = ApplyStanding(*own, news.standing, at);
  const PeriodChange returned = TakeReturn(*own, news, policy, at);
  if (change == PeriodChange::kNone) change = returned;
  if (fresh) change = PeriodChange::kGranted;
  if (change == PeriodChange::kNone && own->returns.size() == returns_before) return;
  const TimePoint effective = fresh ? own->succeed_time : at;

  const Layout layout = Lay(periods, now);
  const auto event = where->subscription.TakeNews(layout, change, effective, now);
  store::SavePeriods(tx, where->subscription, Changed(before, periods), now);
  if (event) Publish(deps, tx, where->subscription, *event, news, cause, now);
  WakeMembers(deps, tx, where->subscription, fresh ? where->plan : std::nullopt, now);
  QUITTANCE_CRASH_POINT("subscriptions.payment.written");
}

}  // namespace quittance::subscriptions

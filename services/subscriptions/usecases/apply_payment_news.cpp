// ApplyPaymentNews: the payment's period changes, all periods are laid out again, and what that comes to is the subscription. All steps but
// the change itself are taken for many payments at once.
#include "services/subscriptions/usecases/apply_payment_news.h"

#include <algorithm>
#include <stdexcept>

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "common/events/consumer.h"
#include "services/subscriptions/events.h"
#include "services/subscriptions/store/memberships.h"
#include "services/subscriptions/store/periods.h"
#include "services/subscriptions/store/plans.h"
#include "services/subscriptions/store/subscriptions.h"
#include "services/subscriptions/usecases/policy_settings.h"

namespace quittance::subscriptions {
namespace {

// One payment's news on its way through.
struct Work {
  const Cause* cause = nullptr;
  PaymentNews news;
  Policy policy = {};
  std::optional<Plan> plan = {};  // set when the period is to be made
  store::AccessKey where = {};
  Subscription subscription = {};
  std::vector<Period> before = {};
  std::vector<Period> periods = {};
  std::optional<SubscriptionEvent> event = {};
};

store::PaymentKey KeyOf(const PaymentNews& news) { return {news.tenant, news.payment}; }

// Those whose version is new, under the policies of their tenants.
std::vector<Work> Claim(Deps& deps, db::Tx& tx, std::span<const HeardPayment> heard) {
  std::map<store::PaymentKey, std::int64_t> versions;
  for (const auto& each : heard) versions.emplace(KeyOf(each.news), each.news.version);
  const auto claimed = store::ClaimPaymentVersions(tx, versions);
  std::vector<Work> works;
  for (const auto& each : heard) {
    if (!claimed.contains(KeyOf(each.news))) continue;
    Work work{.cause = &each.cause, .news = each.news};
    work.policy = PolicyFor(deps, tx, work.news);
    work.news.standing = Under(work.policy, work.news.standing);
    works.push_back(std::move(work));
  }
  return works;
}

// The subscription of each payment's period, or the one that its plan opens; a payment that has neither goes.
void FindWhere(db::Tx& tx, std::vector<Work>& works) {
  std::vector<store::PaymentKey> payments;
  for (const auto& work : works) payments.push_back(KeyOf(work.news));
  const auto owners = store::FindPeriodOwners(tx, payments);
  std::erase_if(works, [&](const Work& work) { return work.news.standing == Standing::kGone && !owners.contains(KeyOf(work.news)); });
  std::set<store::PlanKey> codes;
  for (const auto& work : works) {
    if (!owners.contains(KeyOf(work.news))) codes.emplace(work.news.tenant, work.news.plan_code);
  }
  const auto plans = store::FindPlansByCode(tx, codes);
  for (auto& work : works) {
    if (const auto owner = owners.find(KeyOf(work.news)); owner != owners.end()) {
      work.where = owner->second;
      continue;
    }
    const auto plan = plans.find({work.news.tenant, work.news.plan_code});
    if (plan == plans.end()) throw std::runtime_error("a paid plan is not known: " + work.news.plan_code);
    work.plan = plan->second;
    work.where = {work.news.tenant, work.news.user, plan->second.access};
  }
}

void Load(Deps& deps, db::Tx& tx, std::vector<Work>& works, TimePoint now) {
  std::map<store::AccessKey, SubscriptionId> fresh;
  for (const auto& work : works) fresh.emplace(work.where, deps.ids.New<SubscriptionId>());
  const auto locked = store::LockOrCreateSubscriptions(tx, fresh, now);
  std::vector<const Subscription*> subscriptions;
  for (auto& work : works) {
    work.subscription = locked.at(work.where);
    subscriptions.push_back(&work.subscription);
  }
  auto periods = store::LoadPeriods(tx, subscriptions);
  for (auto& work : works) work.periods = work.before = std::move(periods[work.subscription.id]);
}

// False: nothing changes.
bool Change(Work& work, TimePoint now) {
  const PaymentNews& news = work.news;
  const TimePoint at = std::min(news.change_time, now);
  auto own = std::find_if(work.periods.begin(), work.periods.end(), [&](const Period& p) { return p.payment == news.payment; });
  if (work.plan) own = work.periods.insert(work.periods.end(), NewPeriod(news, *work.plan));
  const std::size_t returns_before = own->returns.size();
  PeriodChange change = ApplyStanding(*own, news.standing, at);
  const PeriodChange returned = TakeReturn(*own, news, work.policy, at);
  if (change == PeriodChange::kNone) change = returned;
  if (work.plan) change = PeriodChange::kGranted;
  if (change == PeriodChange::kNone && own->returns.size() == returns_before) return false;
  const TimePoint effective = work.plan ? own->succeed_time : at;
  work.event = work.subscription.TakeNews(Lay(work.periods, now), change, effective, now);
  return true;
}

// The periods that differ from what is stored.
void AddChanged(const Work& work, std::vector<store::PeriodOf>& changed) {
  for (const auto& period : work.periods) {
    const auto old = std::find_if(work.before.begin(), work.before.end(), [&](const Period& p) { return p.payment == period.payment; });
    const bool same = old != work.before.end() && old->starts == period.starts && old->ends == period.ends && old->stops == period.stops &&
                      old->returns == period.returns;
    if (!same) changed.push_back({&work.subscription, period});
  }
}

void SavePeriods(db::Tx& tx, const std::vector<Work>& works, TimePoint now) {
  std::vector<store::PeriodOf> changed;
  for (const auto& work : works) AddChanged(work, changed);
  store::SavePeriods(tx, changed, now);
}

void Publish(Deps& deps, db::Tx& tx, const std::vector<Work>& works, TimePoint now) {
  std::vector<store::SubscriptionChange> changes;
  std::vector<audit::Entry> entries;
  for (const auto& work : works) {
    if (!work.event) continue;
    const events::Mark mark{deps.ids.Next(), now, work.cause->traceparent};
    changes.push_back({work.subscription, events::OfSubscription(*work.event, work.subscription, mark)});
    entries.push_back(
        {.tenant = work.news.tenant,
         .time = now,
         .cause = *work.cause,
         .action = "ApplyPaymentNews",
         .subject = work.subscription.id.ToString(),
         .detail = "{\"payment\":\"" + work.news.payment.ToString() + "\",\"payment_version\":" + std::to_string(work.news.version) + "}",
         .event = mark.id});
  }
  store::SaveSubscriptions(tx, changes);
  audit::Append(tx, entries);
}

void WakeMembers(Deps& deps, db::Tx& tx, const std::vector<Work>& works, TimePoint now) {
  std::vector<store::MembershipKey> keys;
  std::vector<std::pair<TenantId, UserId>> users;
  for (const auto& work : works) {
    const Subscription& subscription = work.subscription;
    users.emplace_back(subscription.tenant, subscription.user);
    if (!work.plan) continue;
    for (const auto& channel : work.plan->channels) {
      keys.push_back({subscription.tenant, subscription.user, channel, deps.ids.New<MembershipId>()});
    }
  }
  store::EnsureMemberships(tx, keys, now);
  store::WakeMemberships(tx, users, now);
  tx.OnCommit([&deps] { deps.wake(kDriveMemberships); });
}

// Payments of different people: no row comes twice.
void Apply(Deps& deps, db::Tx& tx, std::span<const HeardPayment> heard) {
  const TimePoint now = deps.clock.Now();
  std::vector<Work> works = Claim(deps, tx, heard);
  FindWhere(tx, works);
  if (works.empty()) return;
  Load(deps, tx, works, now);
  std::vector<Work> changed;
  for (auto& work : works) {
    if (Change(work, now)) changed.push_back(std::move(work));
  }
  if (changed.empty()) return;
  SavePeriods(tx, changed, now);
  Publish(deps, tx, changed, now);
  WakeMembers(deps, tx, changed, now);
  QUITTANCE_CRASH_POINT("subscriptions.payment.written");
}

}  // namespace

void ApplyPaymentNews(Deps& deps, db::Tx& tx, std::span<const HeardPayment> heard) {
  std::vector<HeardPayment> telling;
  for (const auto& each : heard) {
    // Without a plan: content, an invoice, a reference, not access by time. An open payment says nothing, in whatever order it comes.
    if (!each.news.plan_code.empty() && each.news.standing != Standing::kOpen) telling.push_back(each);
  }
  const auto person = [](const HeardPayment& each) { return std::pair{each.news.tenant, each.news.user}; };
  for (const auto run : quittance::events::RunsOfDistinct(std::span<const HeardPayment>(telling), person)) Apply(deps, tx, run);
}

}  // namespace quittance::subscriptions

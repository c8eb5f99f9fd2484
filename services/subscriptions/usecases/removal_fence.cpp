// FenceRemovals: removals by tenant and channel, 200 users a question; those who paid lately are asked about one by one, so that a payment
// that has become a period already delays nobody.
#include "services/subscriptions/usecases/removal_fence.h"

#include <algorithm>

#include "services/subscriptions/store/plans.h"
#include "services/subscriptions/usecases/pacing.h"

namespace quittance::subscriptions {
namespace {

using Waits = std::map<MembershipId, Duration>;

// When the access ended; a suspension ends it without a past end.
TimePoint EndOf(const MembershipWork& work) {
  return std::max(work.view.access_end, work.membership().waiting_since.value_or(TimePoint{}));
}

// Payments from here on are news to us.
TimePoint NewsSince(const MembershipWork& work) {
  return work.view.last_paid ? *work.view.last_paid + Duration(1) : work.view.access_end - kLateNews;
}

bool Contains(const std::vector<UserId>& users, UserId user) { return std::find(users.begin(), users.end(), user) != users.end(); }

bool Overdue(const MembershipWork& work, TimePoint now) {
  const auto& since = work.membership().waiting_since;
  return now - since.value_or(work.view.access_end) > kUnsettledWait;
}

// nullopt: billing cannot be asked.
Task<std::optional<UnsettledPayers>> Ask(Deps& deps, UnsettledQuery query) {
  std::optional<UnsettledPayers> answer;
  try {
    answer = co_await deps.unsettled_payers(std::move(query));
  } catch (const Fault&) {
  }
  co_return answer;
}

Task<Waits> AskAboutSet(Deps& deps, std::vector<const MembershipWork*> set, std::vector<std::string> plan_codes, TimePoint now) {
  Waits waits;
  UnsettledQuery query{
      .tenant = set.front()->membership().tenant, .users = {}, .plan_codes = std::move(plan_codes), .succeeded_since = TimePoint::max()};
  for (const auto* work : set) {
    query.users.push_back(work->membership().user);
    query.succeeded_since = std::min(query.succeeded_since, std::max(NewsSince(*work), EndOf(*work) - kLateNews));
  }
  const auto all = co_await Ask(deps, query);
  for (const auto* work : set) {
    const UserId user = work->membership().user;
    bool down = !all;
    bool under_way = all && Contains(all->unsettled, user);
    bool paid = all && Contains(all->paid, user);
    if (paid && NewsSince(*work) > query.succeeded_since) {
      UnsettledQuery precise = query;
      precise.users = {user};
      precise.succeeded_since = NewsSince(*work);
      const auto one = co_await Ask(deps, precise);
      down = !one;
      paid = one && Contains(one->paid, user);
    }
    if (down)
      waits.emplace(work->membership().id, kBillingDownRetry);
    else if ((paid || under_way) && !Overdue(*work, now))
      waits.emplace(work->membership().id, kMoneyUnderWayRetry);
    else if (paid || under_way)
      deps.alert("removal_despite_money_under_way");
  }
  co_return waits;
}

}  // namespace

Task<Waits> FenceRemovals(Deps& deps, const std::vector<MembershipWork>& work, TimePoint now) {
  std::map<std::pair<TenantId, std::string>, std::vector<const MembershipWork*>> groups;
  for (const auto& item : work) {
    // Somebody who is still entitled but moved to another Telegram account owes nothing to be waited for.
    if (item.step == MembershipStep::kRemove && !item.view.facts.desired)
      groups[{item.membership().tenant, item.membership().channel}].push_back(&item);
  }
  Waits waits;
  for (const auto& group : groups) {
    const TenantId tenant = group.first.first;
    const std::string channel = group.first.second;
    const auto codes =
        co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { return store::PlanCodesOfChannel(tx, tenant, channel); });
    for (std::size_t from = 0; from < group.second.size(); from += kPayersMax) {
      const std::size_t until = std::min(group.second.size(), from + kPayersMax);
      std::vector<const MembershipWork*> set(group.second.begin() + static_cast<std::ptrdiff_t>(from),
                                             group.second.begin() + static_cast<std::ptrdiff_t>(until));
      Waits some = co_await AskAboutSet(deps, std::move(set), codes, now);
      waits.merge(some);
    }
  }
  co_return waits;
}

}  // namespace quittance::subscriptions

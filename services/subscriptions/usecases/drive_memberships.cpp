// DriveMemberships: claim and settle, fence, call, conclude.
#include "services/subscriptions/usecases/drive_memberships.h"

#include <set>

#include "common/core/crash_point.h"
#include "services/subscriptions/usecases/membership_changes.h"
#include "services/subscriptions/usecases/pacing.h"
#include "services/subscriptions/usecases/removal_fence.h"

namespace quittance::subscriptions {
namespace {

struct Claimed {
  int taken = 0;
  std::vector<MembershipWork> work;
};

// What rests is written once, and not at all but for its schedule where nothing moved; only what needs a call is leased.
Claimed ClaimAndSettle(Deps& deps, db::Tx& tx, TimePoint now) {
  Claimed claimed;
  MembershipChanges changes(deps, {.actor = "system:drive_memberships", .traceparent = {}}, now);
  std::vector<store::Rest> rests;
  for (auto& view : store::LockDueMemberships(tx, now, kMembershipBatch)) {
    Membership& membership = view.stored.membership;
    const int invites = membership.invites;
    std::vector<MembershipChange> moves;
    const MembershipStep step = membership.Settle(view.facts, now, moves);
    if (!moves.empty() || membership.invites != invites) changes.Add(view, moves);
    claimed.taken += 1;
    if (step == MembershipStep::kRest)
      rests.push_back({membership.tenant, membership.id, view.stored.attempt, membership.NextLook(view.facts), 0});
    else if (!view.bot_paused)  // since the lock; its row stays due
      claimed.work.push_back({std::move(view), step, {}});
  }
  changes.Save(tx);
  store::RestMemberships(tx, rests);
  std::map<TenantId, std::string> keys;
  std::vector<store::StoredMembership*> leased;
  for (auto& work : claimed.work) {
    const TenantId tenant = work.membership().tenant;
    auto key = keys.find(tenant);
    if (key == keys.end()) key = keys.emplace(tenant, settings::TenantKey(tx, tenant, deps.vault.keyring())).first;
    work.tenant_key = key->second;
    leased.push_back(&work.view.stored);
  }
  store::LeaseMemberships(tx, leased);
  return claimed;
}

store::Rest RestOf(const MembershipWork& work, TimePoint next) {
  return {work.membership().tenant, work.membership().id, work.view.stored.attempt, next, work.view.stored.tries};
}

// What concerns the whole bot: the tenant's other rows wait too.
bool ConcernsBot(const BotAnswer& answer) {
  return answer.kind == BotAnswer::Kind::kPaused || answer.kind == BotAnswer::Kind::kUnauthorized || answer.error == "network" ||
         answer.error == "server_error";
}

}  // namespace

Task<int> DriveMemberships(Deps& deps) {
  const SteadyTime begin = std::chrono::steady_clock::now();
  const TimePoint now = deps.clock.Now();
  const Claimed claimed = co_await deps.system.Transact(db::Scope::SystemHot(), [&](db::Tx& tx) { return ClaimAndSettle(deps, tx, now); });
  QUITTANCE_CRASH_POINT("memberships.drive.claimed");
  const auto waits = co_await FenceRemovals(deps, claimed.work, now);
  QUITTANCE_CRASH_POINT("memberships.drive.fenced");

  std::vector<store::Rest> rests;
  std::set<TenantId> stopped;
  for (const auto& work : claimed.work) {
    const TenantId tenant = work.membership().tenant;
    const auto wait = waits.find(work.membership().id);
    if (wait != waits.end()) {
      rests.push_back(RestOf(work, now + wait->second));
    } else if (stopped.contains(tenant)) {
      rests.push_back(RestOf(work, now + kBackoffMin));
    } else if (std::chrono::steady_clock::now() - begin > kCallsBegin) {
      rests.push_back(RestOf(work, now));
    } else {
      const CallReport report = co_await Perform(deps, work);
      QUITTANCE_CRASH_POINT("memberships.drive.called");
      if (report.called && ConcernsBot(report.answer)) stopped.insert(tenant);
      co_await Conclude(deps, work, report);
      QUITTANCE_CRASH_POINT("memberships.drive.concluded");
    }
  }
  co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { store::RestMemberships(tx, rests); });
  co_return claimed.taken;
}

}  // namespace quittance::subscriptions

// The two due-row jobs of subscriptions.
#include "services/subscriptions/usecases/expire_subscriptions.h"

#include "common/audit/audit.h"
#include "common/core/crash_point.h"
#include "services/subscriptions/events.h"
#include "services/subscriptions/store/memberships.h"
#include "services/subscriptions/store/subscriptions.h"

namespace quittance::subscriptions {
namespace {

audit::Entry EntryOf(const Subscription& subscription, const char* action, const char* job, const Uuid& event, TimePoint now) {
  return {.tenant = subscription.tenant,
          .time = now,
          .cause = {.actor = std::string("system:") + job, .traceparent = {}},
          .action = action,
          .subject = subscription.id.ToString(),
          .detail = "",
          .event = event};
}

int ExpireDue(Deps& deps, db::Tx& tx, TimePoint now) {
  auto due = store::ClaimDueSubscriptions(tx, now, kExpireBatch);
  std::vector<store::SubscriptionChange> changes;
  std::vector<audit::Entry> entries;
  std::vector<std::pair<TenantId, UserId>> users;
  for (auto& subscription : due) {
    const auto event = subscription.Expire(now);
    if (!event) continue;
    const events::Mark mark{deps.ids.Next(), now, {}};
    changes.push_back({subscription, events::OfSubscription(*event, subscription, mark)});
    entries.push_back(EntryOf(subscription, "ExpireSubscription", "expire_subscriptions", mark.id, now));
    users.emplace_back(subscription.tenant, subscription.user);
  }
  if (changes.empty()) return 0;
  store::SaveSubscriptions(tx, changes);
  audit::Append(tx, entries);
  QUITTANCE_CRASH_POINT("subscriptions.expire.written");
  store::WakeMemberships(tx, users, now);
  tx.OnCommit([&deps] { deps.wake(kDriveMemberships); });
  return static_cast<int>(changes.size());
}

int RemindDue(Deps& deps, db::Tx& tx, TimePoint now) {
  auto due = store::ClaimDueReminders(tx, now, kRemindBatch);
  if (due.empty()) return 0;
  const std::vector<bool> fresh = store::ClaimReminderEnds(tx, due);
  std::vector<store::SubscriptionChange> changes;
  std::vector<audit::Entry> entries;
  std::vector<Subscription> dropped;
  for (std::size_t i = 0; i < due.size(); ++i) {
    const auto event = fresh[i] ? due[i].Remind(now) : std::nullopt;
    if (!event) {
      dropped.push_back(due[i]);
      continue;
    }
    const events::Mark mark{deps.ids.Next(), now, {}};
    changes.push_back({due[i], events::OfSubscription(*event, due[i], mark)});
    entries.push_back(EntryOf(due[i], "RemindSubscription", "remind_subscriptions", mark.id, now));
  }
  store::DropReminders(tx, dropped);
  store::SaveSubscriptions(tx, changes);
  audit::Append(tx, entries);
  QUITTANCE_CRASH_POINT("subscriptions.remind.written");
  return static_cast<int>(due.size());
}

}  // namespace

Task<int> ExpireSubscriptions(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int count = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { return ExpireDue(deps, tx, now); });
  QUITTANCE_CRASH_POINT("subscriptions.expire.committed");
  co_return count;
}

Task<int> RemindSubscriptions(Deps& deps) {
  const TimePoint now = deps.clock.Now();
  const int count = co_await deps.system.Transact(db::Scope::System(), [&](db::Tx& tx) { return RemindDue(deps, tx, now); });
  QUITTANCE_CRASH_POINT("subscriptions.remind.committed");
  co_return count;
}

}  // namespace quittance::subscriptions

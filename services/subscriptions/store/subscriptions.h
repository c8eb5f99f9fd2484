// Subscriptions: the row is its own schedule (current_period_end, reminder_at). Invariant: no change without its event, no change of a row
// that is not locked.
#pragma once

#include <map>
#include <span>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "common/events/event.h"
#include "services/subscriptions/domain/subscription.h"

namespace quittance::subscriptions::store {

// What a person has access to: one subscription each.
struct AccessKey {
  TenantId tenant;
  UserId user;
  std::string access;

  auto operator<=>(const AccessKey&) const = default;
};
// The rows of these keys, locked in the order of the keys; those that are not there are made as kNew with the id that comes with the key.
std::map<AccessKey, Subscription> LockOrCreateSubscriptions(db::Tx& tx, const std::map<AccessKey, SubscriptionId>& fresh, TimePoint now);

struct SubscriptionChange {
  Subscription after;
  quittance::events::Event event;
};
// Set-based: all rows in one statement, all events in another.
void SaveSubscriptions(db::Tx& tx, std::span<const SubscriptionChange> changes);

// Active ones whose end, or whose reminder, is due; oldest first, locked, those of other workers skipped (J01, J10).
std::vector<Subscription> ClaimDueSubscriptions(db::Tx& tx, TimePoint now, int limit);
std::vector<Subscription> ClaimDueReminders(db::Tx& tx, TimePoint now, int limit);
// Writes the rows whose reminder is not to be sent after all.
void DropReminders(db::Tx& tx, std::span<const Subscription> subscriptions);
// Which of these ends had no reminder yet; they have now.
std::vector<bool> ClaimReminderEnds(db::Tx& tx, std::span<const Subscription> subscriptions);

// Reads give the begin of the period that runs at `now`.
std::optional<Subscription> FindSubscription(db::Tx& tx, TenantId tenant, SubscriptionId id, TimePoint now);
struct SubscriptionFilter {
  std::optional<UserId> user;
  std::optional<SubscriptionStatus> status;
};
std::vector<Subscription> ListSubscriptions(db::Tx& tx, TenantId tenant, const SubscriptionFilter& filter, const PageRequest& page,
                                            TimePoint now);

}  // namespace quittance::subscriptions::store

// Rows of notifications. Invariant: one row per (tenant, dedupe key); a row is finished only by the claim that holds it, and a final state
// goes with its event. Due rows are found by business time, leases run on database time.
#pragma once

#include <chrono>
#include <set>
#include <span>
#include <vector>

#include "common/core/page.h"
#include "common/db/tx.h"
#include "common/events/event.h"
#include "services/notifications/domain/notification.h"

namespace quittance::notifications::store {

// How many are new; of the other effects people were told before, nothing was written for them.
int InsertNotifications(db::Tx& tx, std::span<const Notification> notifications);

// Due rows, oldest first, leased; each comes back with the number of its claim in `attempt`.
std::vector<Notification> ClaimDueNotifications(db::Tx& tx, TimePoint now, int limit, std::chrono::milliseconds lease);

// A claimed row and the number of its claim.
struct Claim {
  TenantId tenant;
  NotificationId id;
  int attempt;
};
// Those that nobody has claimed since, whether their lease had run out or not.
std::set<NotificationId> RenewLeases(db::Tx& tx, std::span<const Claim> claims, std::chrono::milliseconds lease);
// Gives claims back: the rows are due as they were.
void ReleaseClaims(db::Tx& tx, std::span<const Claim> claims);

// What became of a claimed row, with its event where the state is final.
struct Completion {
  Notification after;
  std::optional<quittance::events::Event> event;
};
// Which of them were written; of the others the lease was lost. No row may come twice.
std::set<NotificationId> CompleteNotifications(db::Tx& tx, std::span<const Completion> completions);
inline bool CompleteNotification(db::Tx& tx, const Completion& completion) {
  return !CompleteNotifications(tx, std::span(&completion, 1)).empty();
}

struct Subject {
  TenantId tenant;
  std::string id;  // of the thing it tells of
};
// Rows that still wait to tell of one of the subjects with this template, locked.
std::vector<Notification> LockOpenNotifications(db::Tx& tx, std::span<const Subject> subjects, std::string_view template_name);

// Whatever waits to be told to this person, locked.
std::vector<Notification> LockOpenNotificationsOf(db::Tx& tx, TenantId tenant, UserId user);
// Empties the parameters of all rows of this person; how many had some.
int ForgetParams(db::Tx& tx, TenantId tenant, UserId user);

std::optional<Notification> FindNotification(db::Tx& tx, TenantId tenant, NotificationId id);

struct ListFilter {
  std::optional<UserId> user;
  std::optional<State> state;
};
// In order of creation.
std::vector<Notification> ListNotifications(db::Tx& tx, TenantId tenant, const ListFilter& filter, const PageRequest& page);

}  // namespace quittance::notifications::store
